/* softmax.cu: rows of probabilities; one block per row. Uses reduce.cu. */

/* The maximum and the sum that turn a score into a probability: exp(x - maximum) / sum. */
typedef struct softmax_row {
    float maximum, sum;
} softmax_row;

/* Every thread of the block must call it. A NaN among the scores makes the sum NaN. */
DEVICE softmax_row softmax_row_of(const float *x, int classes, float *shared)
{
    softmax_row row = { __int_as_float(0xff800000), 0.0f };
    for (int k = threadIdx.x; k < classes; k += GROUP)
        row.maximum = fmaxf(row.maximum, x[k]);
    row.maximum = reduce_max(row.maximum, shared);
    for (int k = threadIdx.x; k < classes; k += GROUP)
        row.sum += expf(x[k] - row.maximum);
    row.sum = reduce_sum(row.sum, shared);
    return row;
}

KERNEL softmax(const float *x, float *y, int classes)
{
    __shared__ float shared[WARPS];
    const float *from = x + (int64)blockIdx.x * classes;
    float *to = y + (int64)blockIdx.x * classes;
    softmax_row row = softmax_row_of(from, classes, shared);
    for (int k = threadIdx.x; k < classes; k += GROUP)
        to[k] = expf(from[k] - row.maximum) / row.sum;
}
