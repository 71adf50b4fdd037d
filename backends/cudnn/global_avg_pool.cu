/* global_avg_pool.cu: each block computes the means of LANES vectors of channels, or of LANES
 * planes of plain images; adjacent threads read adjacent memory. */

#define ROWS (GROUP / LANES)

/* vectors: of all images; c: vectors per image; plane: pixels per image. */
KERNEL global_avg_pool(const real *x, real *y, int vectors, int c, int plane)
{
    __shared__ float sums[VEC][GROUP];
#if NHWC
    const int lane = threadIdx.x % LANES, row = threadIdx.x / LANES, next = LANES;
    const int64 at = (int64)blockIdx.x * LANES + lane;
    const int64 first = (at / c * plane * c + at % c) * VEC, step = (int64)c * VEC;
#else
    const int lane = threadIdx.x / ROWS, row = threadIdx.x % ROWS, next = 1;
    const int64 at = (int64)blockIdx.x * LANES + lane;
    const int64 first = at * plane, step = 1;
#endif
    octet sum;
#pragma unroll
    for (int i = 0; i < VEC; i++)
        sum.v[i] = 0.0f;
    for (int pixel = row; at < vectors && pixel < plane; pixel += ROWS) {
        octet o = octet_load(x, first + pixel * step, VEC);
#pragma unroll
        for (int i = 0; i < VEC; i++)
            sum.v[i] += o.v[i];
    }
#pragma unroll
    for (int i = 0; i < VEC; i++)
        sums[i][threadIdx.x] = sum.v[i];
    for (int half_way = ROWS / 2; half_way > 0; half_way /= 2) {
        __syncthreads();
#pragma unroll
        for (int i = 0; i < VEC && row < half_way; i++)
            sums[i][threadIdx.x] += sums[i][threadIdx.x + half_way * next];
    }
    if (at >= vectors || row > 0)
        return;
#pragma unroll
    for (int i = 0; i < VEC; i++)
        sum.v[i] = sums[i][threadIdx.x] / (float)plane;
    octet_store(y, at * VEC, VEC, sum);
}

/* Each thread computes one of the vectors of dx. */
KERNEL global_avg_pool_grad(const real *dy, real *dx, int vectors, int c, int plane)
{
    if (ITEM >= vectors)
        return;
    const uint item = (uint)ITEM;
#if NHWC
    const int64 from = (int64)(item / c / plane) * c + item % c;
#else
    const int64 from = item / plane;
#endif
    octet o = octet_load(dy, from * VEC, VEC);
#pragma unroll
    for (int i = 0; i < VEC; i++)
        o.v[i] /= (float)plane;
    octet_store(dx, ITEM * VEC, VEC, o);
}
