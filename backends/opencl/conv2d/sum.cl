/* sum.cl: the sum of a few parts, in order. */
ITEMS_KERNEL conv2d_sum(OPERAND(parts), OPERAND(sum), const int n, const int n_parts)
{
    int i = get_global_id(0);
    if (i >= n)
        return;
    float total = 0.0f;
    for (int part = 0; part < n_parts; part++)
        total += FLOATS(parts)[(ulong)part * n + i];
    FLOATS(sum)[i] = total;
}
