/* max_pool.cl: an item computes an element of y, or one of dx. With pool.cl. */

/* Of equal pixels the first wins; a NaN wins over all; padding never does. */
ITEMS_KERNEL max_pool(OPERAND(x), OPERAND(y), OPERAND(index), POOL_PARAMETERS)
{
    int i = get_global_id(0);
    if (i >= n)
        return;
    int row = i / q;
    int top = row % p * STRIDE_H - padding_h, left = i % q * STRIDE_W - padding_w;
    __global const real *plane = REALS(x) + row / p * h * w;
    float best = -INFINITY;
    uint none = 0xFFFFFFFF, at = none;
    for (int r = TAP_BEGIN(top); r < TAP_END(top, h, KERNEL_H); r++)
        for (int s = TAP_BEGIN(left); s < TAP_END(left, w, KERNEL_W); s++) {
            int y_at = clamp(top + r, 0, h - 1), x_at = clamp(left + s, 0, w - 1);
            bool inside = y_at == top + r && x_at == left + s;
            float value = LOAD(plane, y_at * w + x_at);
            bool wins = inside && (value > best || isnan(value) || at == none);
            best = wins ? value : best;
            at = wins ? (uint)r * KERNEL_W + s : at;
        }
    STORE(REALS(y), i, best);
    if (index)
        AT(uchar, index)[i] = (uchar)at;
}

/* A pixel looks at the windows that it lies in, in their order. */
ITEMS_KERNEL max_pool_grad(OPERAND(dy), OPERAND(index), OPERAND(dx), POOL_PARAMETERS)
{
    int i = get_global_id(0);
    if (i >= n)
        return;
    int row = i / w;
    int down = row % h + padding_h, along = i % w + padding_w;
    int plane = row / h * p * q;
    int first_p = WINDOW_FIRST(down, KERNEL_H, STRIDE_H), last_p = WINDOW_LAST(down, STRIDE_H, p);
    int first_q = WINDOW_FIRST(along, KERNEL_W, STRIDE_W), last_q = WINDOW_LAST(along, STRIDE_W, q);
    float sum = 0.0f;
    for (int p_at = first_p; p_at < WINDOW_END(first_p, last_p); p_at++)
        for (int q_at = first_q; q_at < WINDOW_END(first_q, last_q); q_at++) {
            bool inside = p_at <= last_p && q_at <= last_q;
            int from = plane + (inside ? p_at * q + q_at : 0);
            int position = (down - p_at * STRIDE_H) * KERNEL_W + along - q_at * STRIDE_W;
            bool is_mine = inside && AT(uchar, index)[from] == position;
            sum += is_mine ? LOAD(REALS(dy), from) : 0.0f;
        }
    STORE(REALS(dx), i, sum);
}
