/* multiply.cl: products with a tensor of which an element may count for a plane, and their
 * gradient. Uses plane_sum.cl. */

/* n: elements of a; plane: how many of them an element of b counts for. */
ITEMS_KERNEL multiply(OPERAND(a), OPERAND(b), OPERAND(y), const int n, const int plane)
{
    int i = get_global_id(0);
    if (i < n)
        STORE(REALS(y), i, LOAD(REALS(a), i) * LOAD(REALS(b), i / plane));
}

ITEMS_KERNEL multiply_sum(OPERAND(dy), OPERAND(a), OPERAND(db), const int planes, const int plane)
{
    __local float room[PLANE_SUM_ROOM];
    int at = get_global_id(0) / SHARE, first = at < planes ? at * plane : 0;
    float sum = plane_sum(REALS(dy) + first, REALS(a) + first, at < planes ? plane : 0, room);
    if (at < planes && get_global_id(0) % SHARE == 0)
        STORE(REALS(db), at, sum);
}
