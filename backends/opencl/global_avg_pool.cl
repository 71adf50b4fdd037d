/* global_avg_pool.cl: the mean of each plane, and its gradient. Uses plane_sum.cl. */

ITEMS_KERNEL global_avg_pool(OPERAND(x), OPERAND(y), const int planes, const int plane)
{
    __local float room[PLANE_SUM_ROOM];
    int at = get_global_id(0) / SHARE, first = at < planes ? at * plane : 0;
    float sum = plane_sum(REALS(x) + first, 0, at < planes ? plane : 0, room);
    if (at < planes && get_global_id(0) % SHARE == 0)
        STORE(REALS(y), at, sum / plane);
}

ITEMS_KERNEL global_avg_pool_grad(OPERAND(dy), OPERAND(dx), const int n, const int plane)
{
    int i = get_global_id(0);
    if (i < n)
        STORE(REALS(dx), i, LOAD(REALS(dy), i / plane) / plane);
}
