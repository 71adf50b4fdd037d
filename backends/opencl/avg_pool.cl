/* avg_pool.cl: each item computes one element of y, or one of dx. Uses pool.cl. */

/* The divisor of a window's sum. */
#define DIVISOR(top, left)                                                                   \
    (exclude_padding ? (float)(INSIDE(top, h, KERNEL_H) * INSIDE(left, w, KERNEL_W))         \
                     : (float)KERNEL_H * (float)KERNEL_W)
#define INSIDE(start, length, kernel) (min(length, (start) + (kernel)) - max(0, start))

ITEMS_KERNEL avg_pool(OPERAND(x), OPERAND(y), POOL_PARAMETERS, const int exclude_padding)
{
    int i = get_global_id(0);
    if (i >= n)
        return;
    WINDOW_OF(i)
    float sum = 0.0f;
    for (int r = TAP_BEGIN(top); r < TAP_END(top, h, KERNEL_H); r++)
        for (int s = TAP_BEGIN(left); s < TAP_END(left, w, KERNEL_W); s++) {
            int y_at = clamp(top + r, 0, h - 1), x_at = clamp(left + s, 0, w - 1);
            bool inside = y_at == top + r && x_at == left + s;
            float value = LOAD(plane, y_at * w + x_at);
            sum += inside ? value : 0.0f;
        }
    STORE(REALS(y), i, sum / DIVISOR(top, left));
}

/* Each pixel sums the windows that contain it, in a fixed order. */
ITEMS_KERNEL avg_pool_grad(OPERAND(dy), OPERAND(dx), POOL_PARAMETERS, const int exclude_padding)
{
    int i = get_global_id(0);
    if (i >= n)
        return;
    WINDOWS_OF(i)
    float sum = 0.0f;
    for (int p_at = first_p; p_at < WINDOW_END(first_p, last_p); p_at++)
        for (int q_at = first_q; q_at < WINDOW_END(first_q, last_q); q_at++) {
            bool inside = p_at <= last_p && q_at <= last_q;
            float value = LOAD(REALS(dy), plane + (inside ? p_at * q + q_at : 0));
            float share = value / DIVISOR(p_at * STRIDE_H - padding_h, q_at * STRIDE_W - padding_w);
            sum += inside ? share : 0.0f;
        }
    STORE(REALS(dx), i, sum);
}
