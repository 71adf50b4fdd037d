/* global_avg_pool.cl: the mean of each plane, and its gradient. Uses octet.cl.
 *
 * Option: SHARE, items per plane: a power of two; 1 on processors. */

#if SHARE == 1
/* Sums of 512 elements are added to each other, so that large planes keep their precision. */
float plane_sum(__global const real *x, int plane)
{
    float8 whole = 0.0f;
    float rest = 0.0f;
    int i = 0;
    while (i + 8 <= plane) {
        float8 sum = 0.0f;
        for (int end = min(i + 512, plane - 7); i < end; i += 8)
            sum += LOAD8(x, i);
        whole += sum;
    }
    for (; i < plane; i++)
        rest += LOAD(x, i);
    return octet_sum(whole) + rest;
}
#endif

ITEMS_KERNEL global_avg_pool(OPERAND(x), OPERAND(y), const int planes, const int plane)
{
    int at = get_global_id(0) / SHARE;
#if SHARE == 1
    if (at < planes)
        STORE(REALS(y), at, plane_sum(REALS(x) + at * plane, plane) / plane);
#else
    __local float sums[GROUP];
    int item = get_local_id(0), share = item % SHARE;
    float sum = 0.0f;
    for (int i = share; at < planes && i < plane; i += SHARE)
        sum += LOAD(REALS(x), at * plane + i);
    sums[item] = sum;
    for (int half_way = SHARE / 2; half_way > 0; half_way /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (share < half_way)
            sums[item] += sums[item + half_way];
    }
    if (at < planes && share == 0)
        STORE(REALS(y), at, sums[item] / plane);
#endif
}

ITEMS_KERNEL global_avg_pool_grad(OPERAND(dy), OPERAND(dx), const int n, const int plane)
{
    int i = get_global_id(0);
    if (i < n)
        STORE(REALS(dx), i, LOAD(REALS(dy), i / plane) / plane);
}
