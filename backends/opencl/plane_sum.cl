/* plane_sum.cl: the sum of each plane, or of its products with another tensor. Uses octet.cl.
 *
 * Option: SHARE, items per plane: a power of two; 1 on processors. */

#if SHARE == 1
#define PLANE_SUM_ROOM 1
/* Sums of 512 elements are added to each other, so that large planes keep their precision. `factor`
 * may be 0. */
float plane_sum(__global const real *x, __global const real *factor, int plane,
                __local float *room)
{
    float8 whole = 0.0f;
    float rest = 0.0f;
    int i = 0;
    while (i + 8 <= plane) {
        float8 sum = 0.0f;
        for (int end = min(i + 512, plane - 7); i < end; i += 8)
            sum += factor ? LOAD8(x, i) * LOAD8(factor, i) : LOAD8(x, i);
        whole += sum;
    }
    for (; i < plane; i++)
        rest += factor ? LOAD(x, i) * LOAD(factor, i) : LOAD(x, i);
    return octet_sum(whole) + rest;
}
#else
#define PLANE_SUM_ROOM GROUP
/* The SHARE items of a plane get its sum, in a fixed order. All items of a group call it; those
 * that have no plane with plane = 0. */
float plane_sum(__global const real *x, __global const real *factor, int plane,
                __local float *room)
{
    int item = get_local_id(0), share = item % SHARE;
    float sum = 0.0f;
    for (int i = share; i < plane; i += SHARE)
        sum += factor ? LOAD(x, i) * LOAD(factor, i) : LOAD(x, i);
    room[item] = sum;
    for (int half_way = SHARE / 2; half_way > 0; half_way /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (share < half_way)
            room[item] += room[item + half_way];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    return room[item - share];
}
#endif
