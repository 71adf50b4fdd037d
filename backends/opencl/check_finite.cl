/* check_finite.cl: each item checks eight neighbouring elements of each of four gradients. */

/* 1 if any element is infinite or NaN. */
int octet_fails(__global const float *gradient, int item, int n)
{
    int first = item * 8;
    return !all(isfinite(octet_load(gradient, first, n - first)));
}

/* n1 ... n4: elements of each gradient; 0 if it is absent. */
ITEMS_KERNEL check_finite(OPERAND(loss_scale), OPERAND(g1), OPERAND(g2), OPERAND(g3), OPERAND(g4),
                          const int octets, const int n1, const int n2, const int n3, const int n4)
{
    int item = get_global_id(0);
    if (item >= octets)
        return;
    if (octet_fails(FLOATS(g1), item, n1) | octet_fails(FLOATS(g2), item, n2) |
        octet_fails(FLOATS(g3), item, n3) | octet_fails(FLOATS(g4), item, n4))
        atomic_xchg((volatile __global float *)&FLOATS(loss_scale)[1], 1.0f);
}
