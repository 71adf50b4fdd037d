/* conv2d_winograd_product.cl: at each point one product of matrices, c = a * b or c += a * b. */
struct product_job {
    __global const float *a, *b;
    __global float *c;
    int rest; /* of the depth */
    int a_row, columns;
    int adds;
    int begin; /* the chunk */
};

static int product_chunk(product_job *job, int depth)
{
    job->begin = depth;
    return min(DEPTH, job->rest - depth);
}

static float product_a(const product_job *job, int row, int depth)
{
    return (job->a + (ulong)row * job->a_row + job->begin)[depth];
}

static FLOATV product_b(const product_job *job, int depth, int column)
{
    if (column >= job->columns)
        return (FLOATV)(0.0f);
    return VLOAD(job->b + (ulong)(job->begin + depth) * job->columns + column);
}

static void product_c(const product_job *job, int row, int column, FLOATV sums)
{
    if (column >= job->columns)
        return;
    __global float *to = job->c + (ulong)row * job->columns + column;
    VSTORE(job->adds ? sums + VLOAD(to) : sums, to);
}

/* a[point][rows][depth], a_plane floats a point; b[point][depth][columns], columns a multiple of
 * VECTOR. The depth is divided into parts of `part` (one, or so many that part * parts is depth):
 * c[part][point][rows][columns]. */
PRODUCT_KERNEL winograd_product(OPERAND(a), OPERAND(b), OPERAND(c), const int points,
                                const int rows, const int depth, const int columns,
                                const ulong a_plane, const int part, const int adds)
{
    PRODUCT_LOCAL;
    int z = get_group_id(2), point = z % points, begin = z / points * part;
    product_job job = {
        FLOATS(a) + point * a_plane + begin,
        FLOATS(b) + ((ulong)point * depth + begin) * columns,
        FLOATS(c) + (ulong)z * rows * columns,
        min(part, depth - begin), depth, columns, adds, 0
    };
    PRODUCT(&job, rows, (int)get_group_id(1) * TILE_M, (int)get_group_id(0) * TILE_N);
}
