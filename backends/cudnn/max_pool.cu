/* max_pool.cu: each thread computes one vector of y, or one of dx. Uses pool.cu.
 *
 * Of equal pixels the first is chosen; a NaN precedes everything; padding is never chosen. In the
 * gradient each pixel goes through the windows that contain it, in order. */

/* The positions of the chosen pixels in their windows; -1: none yet. */
typedef struct winners {
    int at[VEC];
} winners;

DEVICE void winners_store(uchar *index, int64 first, winners won)
{
#if VEC == 8
    uint low = 0, high = 0;
#pragma unroll
    for (int i = 0; i < 4; i++) {
        low |= (uint)won.at[i] << 8 * i;
        high |= (uint)won.at[4 + i] << 8 * i;
    }
    *(uint2 *)(index + first) = make_uint2(low, high);
#else
    index[first] = (uchar)won.at[0];
#endif
}

DEVICE winners winners_load(const uchar *index, int64 first)
{
    winners won;
#if VEC == 8
    uint2 words = *(const uint2 *)(index + first);
#pragma unroll
    for (int i = 0; i < 4; i++) {
        won.at[i] = (int)(words.x >> 8 * i & 255u);
        won.at[4 + i] = (int)(words.y >> 8 * i & 255u);
    }
#else
    won.at[0] = index[first];
#endif
    return won;
}

KERNEL max_pool(const real *x, real *y, uchar *index, POOL_PARAMETERS)
{
    if (ITEM >= items)
        return;
    const place at = place_of((uint)ITEM, p, q, c);
    WINDOW_AT(at)
    octet best;
    winners won;
#pragma unroll
    for (int i = 0; i < VEC; i++)
        best.v[i] = __int_as_float(0xff800000), won.at[i] = -1;
#pragma unroll
    for (int r = 0; r < KERNEL_H; r++)
#pragma unroll
        for (int s = 0; s < KERNEL_W; s++) {
            if (!is_inside(top + r, h) || !is_inside(left + s, w))
                continue;
            octet o = octet_load(x, ELEMENT(at, h, w, top + r, left + s), VEC);
#pragma unroll
            for (int i = 0; i < VEC; i++) {
                bool wins = o.v[i] > best.v[i] || o.v[i] != o.v[i] || won.at[i] < 0;
                best.v[i] = wins ? o.v[i] : best.v[i];
                won.at[i] = wins ? r * KERNEL_W + s : won.at[i];
            }
        }
    octet_store(y, ITEM * VEC, VEC, best);
    if (index)
        winners_store(index, ITEM * VEC, won);
}

KERNEL max_pool_grad(const real *dy, const uchar *index, real *dx, POOL_PARAMETERS)
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
            int64 from = ELEMENT(at, p, q, p_at, q_at);
            int position = (down - p_at * STRIDE_H) * KERNEL_W + along - q_at * STRIDE_W;
            octet o = octet_load(dy, from, VEC);
            winners won = winners_load(index, from);
#pragma unroll
            for (int i = 0; i < VEC; i++)
                sum.v[i] += won.at[i] == position ? o.v[i] : 0.0f;
        }
    octet_store(dx, ITEM * VEC, VEC, sum);
}
