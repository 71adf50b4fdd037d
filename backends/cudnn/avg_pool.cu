/* avg_pool.cu: each thread computes one vector of y, or one of dx. Uses pool.cu. */

/* Pixels inside of the image, for a window that begins at `start` of `length`. */
DEVICE int pixels_inside(int start, int kernel, int length)
{
    return min(length, start + kernel) - max(0, start);
}

/* 1 / count, of a number of pixels: correct but for the last bit, and without the subroutine of a
 * division, which handles denormal numbers and around whose calls registers are spilled. */
DEVICE float share_of(float count)
{
    float share = __fdividef(1.0f, count);
    return fmaf(share, fmaf(-count, share, 1.0f), share);
}

/* The divisor of a window's sum. */
#define DIVISOR(top, left)                                                                   \
    (exclude_padding ? (float)pixels_inside(top, KERNEL_H, h) *                              \
                           (float)pixels_inside(left, KERNEL_W, w)                           \
                     : (float)KERNEL_H * (float)KERNEL_W)

KERNEL avg_pool(const real *x, real *y, POOL_PARAMETERS, int exclude_padding)
{
    if (ITEM >= items)
        return;
    const place at = place_of((uint)ITEM, p, q, c);
    WINDOW_AT(at)
    octet sum;
#pragma unroll
    for (int i = 0; i < VEC; i++)
        sum.v[i] = 0.0f;
#pragma unroll
    for (int r = 0; r < KERNEL_H; r++)
#pragma unroll
        for (int s = 0; s < KERNEL_W; s++) {
            if (!is_inside(top + r, h) || !is_inside(left + s, w))
                continue;
            octet o = octet_load(x, ELEMENT(at, h, w, top + r, left + s), VEC);
#pragma unroll
            for (int i = 0; i < VEC; i++)
                sum.v[i] += o.v[i];
        }
    const float share = share_of(DIVISOR(top, left));
#pragma unroll
    for (int i = 0; i < VEC; i++)
        sum.v[i] *= share;
    octet_store(y, ITEM * VEC, VEC, sum);
}

/* Each pixel sums the windows that contain it, in a fixed order. */
KERNEL avg_pool_grad(const real *dy, real *dx, POOL_PARAMETERS, int exclude_padding)
{
    if (ITEM >= items)
        return;
    const place at = place_of((uint)ITEM, h, w, c);
    WINDOWS_AT(at)
    octet sum;
#pragma unroll
    for (int i = 0; i < VEC; i++)
        sum.v[i] = 0.0f;
#pragma unroll
    for (int p_at = first_p; p_at < WINDOW_END(first_p, last_p); p_at++)
#pragma unroll
        for (int q_at = first_q; q_at < WINDOW_END(first_q, last_q); q_at++) {
            if (p_at > last_p || q_at > last_q)
                continue;
            octet o = octet_load(dy, ELEMENT(at, p, q, p_at, q_at), VEC);
            float share =
                share_of(DIVISOR(p_at * STRIDE_H - padding_h, q_at * STRIDE_W - padding_w));
#pragma unroll
            for (int i = 0; i < VEC; i++)
                sum.v[i] += o.v[i] * share;
        }
    octet_store(dx, ITEM * VEC, VEC, sum);
}
