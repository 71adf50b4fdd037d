/* plane_sum.cu: the sums of planes, or of their products with another tensor: each block adds up
 * LANES vectors of channels, or LANES planes of plain images; adjacent threads read adjacent
 * memory. */

#define ROWS (GROUP / LANES)

/* vectors: of all images; c: vectors per image; plane: pixels per image. `factor` may be NULL. True
 * for the one thread that gets the sum of vector *at. All threads of the block call it. */
DEVICE bool plane_sum(const real *x, const real *factor, int vectors, int c, int plane,
                      float (*sums)[GROUP], int64 *at, octet *sum)
{
#if NHWC
    const int lane = threadIdx.x % LANES, row = threadIdx.x / LANES, next = LANES;
    *at = (int64)blockIdx.x * LANES + lane;
    const int64 first = (*at / c * plane * c + *at % c) * VEC, step = (int64)c * VEC;
#else
    const int lane = threadIdx.x / ROWS, row = threadIdx.x % ROWS, next = 1;
    *at = (int64)blockIdx.x * LANES + lane;
    const int64 first = *at * plane, step = 1;
#endif
#pragma unroll
    for (int i = 0; i < VEC; i++)
        sum->v[i] = 0.0f;
    for (int pixel = row; *at < vectors && pixel < plane; pixel += ROWS) {
        octet o = octet_load(x, first + pixel * step, VEC);
        if (factor) {
            octet by = octet_load(factor, first + pixel * step, VEC);
#pragma unroll
            for (int i = 0; i < VEC; i++)
                o.v[i] *= by.v[i];
        }
#pragma unroll
        for (int i = 0; i < VEC; i++)
            sum->v[i] += o.v[i];
    }
#pragma unroll
    for (int i = 0; i < VEC; i++)
        sums[i][threadIdx.x] = sum->v[i];
    for (int half_way = ROWS / 2; half_way > 0; half_way /= 2) {
        __syncthreads();
#pragma unroll
        for (int i = 0; i < VEC && row < half_way; i++)
            sums[i][threadIdx.x] += sums[i][threadIdx.x + half_way * next];
    }
#pragma unroll
    for (int i = 0; i < VEC; i++)
        sum->v[i] = sums[i][threadIdx.x];
    return *at < vectors && row == 0;
}
