/* norms.cu: the norms of two series of numbers. Uses reduce.cu. */

/* Keeps a block's sums of squares. */
DEVICE void norms_keep(float first, float second, float *sums, float *shared)
{
    first = reduce_sum(first, shared), second = reduce_sum(second, shared);
    if (threadIdx.x == 0)
        ((float2 *)sums)[blockIdx.x] = make_float2(first, second);
}

/* The norms, from the sums of `parts` blocks. */
DEVICE float2 norms_of(const float *sums, int parts, float *shared)
{
    float first = 0.0f, second = 0.0f;
    for (int i = threadIdx.x; i < parts; i += GROUP) {
        float2 two = ((const float2 *)sums)[i];
        first += two.x, second += two.y;
    }
    first = reduce_sum(first, shared), second = reduce_sum(second, shared);
    return make_float2(sqrtf(first), sqrtf(second));
}
