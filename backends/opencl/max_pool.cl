/* max_pool.cl: each item computes one element of y, or one of dx; with the option OCTETS, for
 * stride 2, eight of a row. Uses pool.cl and octet.cl.
 *
 * Of equal pixels the first is chosen; a NaN precedes everything; padding is never chosen. In the
 * gradient each pixel goes through the windows that contain it, in order. */
#ifdef OCTETS

/* Elements start, start + 2, … of a tensor of `end`; outside of it the values are undefined. */
static float8 every_second(__global const real *x, int start, int end)
{
    float some[8];
    if (start >= 0 && start + 16 <= end)
        return LOAD16(x, start).even;
    for (int i = 0; i < 8; i++)
        some[i] = LOAD(x, clamp(start + 2 * i, 0, end - 1));
    return vload8(0, some);
}

ITEMS_KERNEL max_pool(OPERAND(x), OPERAND(y), OPERAND(index), POOL_PARAMETERS)
{
    int item = get_global_id(0), octets = (q + 7) / 8;
    if (item >= n)
        return;
    int row = item / octets, first = item % octets * 8, count = min(8, q - first);
    int top = row % p * STRIDE - padding_h, left = first * STRIDE - padding_w;
    int plane = row / p * h * w, end = n / octets / p * h * w;
    float8 best = -INFINITY;
    int8 at = -1;
    for (int r = max(0, -top); r < min(KERNEL, h - top); r++)
#pragma unroll
        for (int s = 0; s < KERNEL; s++) {
            int8 column = left + s + (int8)(0, 2, 4, 6, 8, 10, 12, 14);
            float8 value = every_second(REALS(x), plane + (top + r) * w + left + s, end);
            int8 inside = (column >= 0) & (column < w);
            int8 wins = inside & ((value > best) | isnan(value) | (at < 0));
            best = select(best, value, wins);
            at = select(at, (int8)(r * KERNEL + s), wins);
        }
    int to = row * q + first;
    uchar indices[8];
    octet_store(best, REALS(y), to, count);
    vstore8(convert_uchar8(at), 0, indices);
    for (int i = 0; i < count && index; i++)
        AT(uchar, index)[to + i] = indices[i];
}

/* The elements of dy from `start` on; 0 where the index is not `position`. */
static float8 winners(__global const real *dy, __global const uchar *index, int start, int end,
                      bool is_odd, int8 position)
{
    float8 values;
    int8 indices;
    if (start >= 0 && start + 8 <= end) {
        values = LOAD8(dy, start);
        indices = convert_int8(vload8(0, index + start));
    } else {
        float some[8];
        int some_indices[8];
        for (int i = 0; i < 8; i++) {
            some[i] = LOAD(dy, clamp(start + i, 0, end - 1));
            some_indices[i] = index[clamp(start + i, 0, end - 1)];
        }
        values = vload8(0, some);
        indices = vload8(0, some_indices);
    }
    values = is_odd ? values.s01122334 : values.s00112233;
    indices = is_odd ? indices.s01122334 : indices.s00112233;
    return select((float8)(0.0f), values, indices == position);
}

ITEMS_KERNEL max_pool_grad(OPERAND(dy), OPERAND(index), OPERAND(dx), POOL_PARAMETERS)
{
    int item = get_global_id(0), octets = (w + 7) / 8;
    if (item >= n)
        return;
    int row = item / octets, first = item % octets * 8, count = min(8, w - first);
    int down = row % h + padding_h, along = first + padding_w;
    int plane = row / h * p * q, end = n / octets / h * p * q;
    int8 columns = along + (int8)(0, 1, 2, 3, 4, 5, 6, 7);
    float8 sum = 0.0f;
    for (int i = (KERNEL - 1) / 2; i >= 0; i--) {
        int p_at = down / 2 - i, r = down % 2 + 2 * i;
        if (r >= KERNEL || p_at < 0 || p_at >= p)
            continue;
#pragma unroll
        for (int j = (KERNEL - 1) / 2; j >= 0; j--) {
            int8 q_at = columns / 2 - j, s = (columns & 1) + 2 * j;
            int8 inside = (s < KERNEL) & (q_at >= 0) & (q_at < q);
            int8 position = select((int8)(-1), (int8)(r * KERNEL + s), inside);
            sum += winners(REALS(dy), AT(uchar, index), plane + p_at * q + along / 2 - j, end,
                           along % 2 == 1, position);
        }
    }
    octet_store(sum, REALS(dx), row * w + first, count);
}

#else

ITEMS_KERNEL max_pool(OPERAND(x), OPERAND(y), OPERAND(index), POOL_PARAMETERS)
{
    int i = get_global_id(0);
    if (i >= n)
        return;
    WINDOW_OF(i)
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

ITEMS_KERNEL max_pool_grad(OPERAND(dy), OPERAND(index), OPERAND(dx), POOL_PARAMETERS)
{
    int i = get_global_id(0);
    if (i >= n)
        return;
    WINDOWS_OF(i)
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

#endif
