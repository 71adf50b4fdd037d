/* gemm.cl: products of row-major matrices of floats in memory, and the sum of their parts.
 *
 * Options: A_TRANSPOSED if a is stored as (k, m), B_TRANSPOSED if b is stored as (n, k). */
struct product_job {
    __global const float *a, *b, *bias; /* bias may be NULL */
    __global float *c;
    int m, n, lda, ldb, ldc;
    int begin, end, at; /* this part of the depth, and the chunk */
};

int product_chunk(product_job *job, int depth)
{
    job->at = job->begin + depth;
    return min(DEPTH, job->end - job->at);
}

float product_a(const product_job *job, int row, int depth)
{
#ifdef A_TRANSPOSED
    return (job->a + job->at * job->lda + row)[depth * job->lda];
#else
    return (job->a + row * job->lda + job->at)[depth];
#endif
}

FLOATV product_b(const product_job *job, int depth, int column)
{
    float b[VECTOR];
#ifdef B_TRANSPOSED
    for (int i = 0; i < VECTOR; i++)
        b[i] = column + i < job->n ? job->b[(column + i) * job->ldb + job->at + depth] : 0.0f;
#else
    __global const float *from = job->b + (job->at + depth) * job->ldb + column;
    if (column + VECTOR <= job->n)
        return VLOAD(from);
    for (int i = 0; i < VECTOR; i++)
        b[i] = column + i < job->n ? from[i] : 0.0f;
#endif
    return VLOAD(b);
}

void product_c(const product_job *job, int row, int column, FLOATV sums)
{
    __global float *to = job->c + row * job->ldc + column;
    float c[VECTOR];
    if (!job->bias && column + VECTOR <= job->n) {
        VSTORE(sums, to);
        return;
    }
    VSTORE(sums, c);
    for (int i = 0; i < VECTOR && column + i < job->n; i++)
        to[i] = c[i] + (job->bias ? job->bias[column + i] : 0.0f);
}

/* Group z: batch z / parts, part z % parts of the depth. Strides are from batch to batch. */
PRODUCT_KERNEL gemm(OPERAND(a), OPERAND(b), OPERAND(c), OPERAND(bias), const int m, const int n,
                    const int k, const int lda, const int ldb, const int ldc, const int parts,
                    const int part_length, const ulong a_stride, const ulong b_stride,
                    const ulong c_stride, const int has_bias)
{
    PRODUCT_LOCAL;
    ulong batch = get_group_id(2) / parts;
    int part = get_group_id(2) % parts, begin = part * part_length;
    product_job job = {
        FLOATS(a) + batch * a_stride, FLOATS(b) + batch * b_stride, has_bias ? FLOATS(bias) : 0,
        FLOATS(c) + get_group_id(2) * c_stride, m, n, lda, ldb, ldc,
        begin, min(k, begin + part_length), 0
    };
    PRODUCT(&job, m, (int)get_group_id(1) * TILE_M, (int)get_group_id(0) * TILE_N);
}

/* c(row, column) = the sum of the parts, each m rows of n, in order, plus the bias. */
ITEMS_KERNEL gemm_sum(OPERAND(sums), OPERAND(c), OPERAND(bias), const int m, const int n,
                      const int ldc, const int parts, const ulong c_stride, const int items,
                      const int has_bias)
{
    int i = get_global_id(0);
    if (i >= items)
        return;
    int batch = i / (m * n), at = i % (m * n);
    __global const float *from = FLOATS(sums) + (ulong)batch * parts * (m * n) + at;
    float sum = has_bias ? FLOATS(bias)[at % n] : 0.0f;
    for (int part = 0; part < parts; part++)
        sum += from[(ulong)part * (m * n)];
    FLOATS(c)[batch * c_stride + (ulong)(at / n) * ldc + at % n] = sum;
}
