/* activation.cl: each item handles one element. Uses activation_kinds.txt.
 *
 * Options: VALUE and SLOPE, functions of that file. */

ITEMS_KERNEL activation(OPERAND(x), OPERAND(y), const long n, const float alpha, const float beta)
{
    int i = get_global_id(0);
    if (i < n)
        STORE(REALS(y), i, VALUE(LOAD(REALS(x), i), alpha, beta));
}

/* Where the function is constant, dx is 0 even if dy is infinite. */
ITEMS_KERNEL activation_grad(OPERAND(dy), OPERAND(x), OPERAND(dx), const long n, const float alpha,
                             const float beta)
{
    int i = get_global_id(0);
    if (i >= n)
        return;
    float slope = SLOPE(LOAD(REALS(x), i), alpha, beta);
    STORE(REALS(dx), i, slope == 0.0f ? 0.0f : LOAD(REALS(dy), i) * slope);
}
