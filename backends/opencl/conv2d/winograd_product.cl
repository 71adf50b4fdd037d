/* winograd_product.cl: one matrix product per point, c = a * b or c += a * b. */
struct product_job {
    __global const float *a, *b;
    __global float *c;
    int a_width, columns;
    int first, end; /* of the depth */
    int adds;
    int begin; /* start of the chunk */
};

static int product_chunk(product_job *job, int depth)
{
    job->begin = job->first + depth;
    return min(DEPTH, job->end - job->begin);
}

static float product_a(const product_job *job, int row, int depth)
{
    return (job->a + (ulong)row * job->a_width + job->begin)[depth];
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

/* For each point: a[row][depth] with a_width floats per row, b[depth][column] and c[row][column].
 * `columns` is a multiple of VECTOR. The depth is divided into parts, each with its own c. */
PRODUCT_KERNEL winograd_product(OPERAND(a), OPERAND(b), OPERAND(c), const int points,
                                const int rows, const int depth, const int columns,
                                const int a_width, const int part, const int adds)
{
    PRODUCT_LOCAL;
    int z = get_group_id(2), point = z % points, first = z / points * part;
    product_job job = {
        FLOATS(a) + (ulong)point * rows * a_width, FLOATS(b) + (ulong)point * depth * columns,
        FLOATS(c) + (ulong)z * rows * columns,
        a_width, columns, first, min(depth, first + part), adds, 0
    };
    PRODUCT(&job, rows, (int)get_group_id(1) * TILE_M, (int)get_group_id(0) * TILE_N);
}
