/* global_avg_pool.cu: the mean of each plane, and its gradient. Uses plane_sum.cu. */

KERNEL global_avg_pool(const real *x, real *y, int vectors, int c, int plane)
{
    __shared__ float sums[VEC][GROUP];
    int64 at;
    octet sum;
    if (!plane_sum(x, 0, vectors, c, plane, sums, &at, &sum))
        return;
    const float share = 1.0f / (float)plane;
#pragma unroll
    for (int i = 0; i < VEC; i++)
        sum.v[i] *= share;
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
    const float share = 1.0f / (float)plane;
#pragma unroll
    for (int i = 0; i < VEC; i++)
        o.v[i] *= share;
    octet_store(dx, ITEM * VEC, VEC, o);
}
