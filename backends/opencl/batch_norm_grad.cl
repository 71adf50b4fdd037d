/* batch_norm_grad.cl: the gradient of batch normalisation, through the mask of its relu. With g the
 * gradient of the normalised values and M their number in a channel: dbias = sum g, dweight = sum
 * g * xhat, dx = weight * inv_std * (g - (dbias + xhat * dweight) / M), dz = g. */

/* Flags of the kernels below. */
enum { MASKED = 1, WITH_DZ = 2 };

/* Sums of g, and of g * (x - mean). */
typedef struct sums {
    float first, second;
} sums;

/* g of the current octet. */
float8 gradient_at(__global const real *dy, __global uchar *mask, const uint mask_at, cursor w,
                   int flags)
{
    int first = CURSOR_FIRST(w), count = CURSOR_COUNT(w);
    float8 g = octet_load(dy, first, count);
    if (flags & MASKED)
        g = OCTET_WHERE(octet_keep(MASK_GET(mask, CURSOR_MASK_BYTE(w), first, count)), g);
    return g;
}

sums sums_of_part(__global const real *x, __global const real *dy, __global uchar *mask,
                  const uint mask_at, cursor w, int channels, float mean, int flags)
{
    sums own = { 0.0f, 0.0f };
    while (w.left > 0) {
        float8 first = 0.0f, second = 0.0f;
        for (int k = 0; k < BLOCK && w.left > 0; k++) {
            float8 g = gradient_at(dy, mask, mask_at, w, flags);
            first += g;
            second += g * (octet_load(x, CURSOR_FIRST(w), CURSOR_COUNT(w)) - mean);
            cursor_next(&w, channels);
        }
        own.first += octet_sum(first);
        own.second += octet_sum(second);
    }
    return own;
}

/* Combines the sums of all items. Every item of the group must call it. */
sums sums_of_group(sums own, __local float *reduce_values)
{
    sums all = { REDUCE_SUM(own.first), REDUCE_SUM(own.second) };
    return all;
}

/* dx = factor * (g - centre - slope * (x - mean)). */
typedef struct line {
    float mean, factor, centre, slope;
} line;

line line_of(float weight, float mean, float inv_std, float dweight, float dbias, float count)
{
    line l = { mean, weight * inv_std, dbias / count, dweight * inv_std / count };
    return l;
}

/* dx may be x or dy. */
void line_apply(line l, __global const real *x, __global const real *dy, __global uchar *mask,
                const uint mask_at, __global real *dx, __global real *dz, cursor w, int channels,
                int flags)
{
    for (; w.left > 0; cursor_next(&w, channels)) {
        int first = CURSOR_FIRST(w), count = CURSOR_COUNT(w);
        float8 g = gradient_at(dy, mask, mask_at, w, flags);
        float8 value = octet_load(x, first, count) - l.mean;
        octet_store(l.factor * (g - l.centre - l.slope * value), dx, first, count);
        if (flags & WITH_DZ)
            octet_store(g, dz, first, count);
    }
}

GROUPS_KERNEL batch_norm_grad_sums(OPERAND(x), OPERAND(dy), OPERAND(mean), OPERAND(mask),
                                   OPERAND(parts), PART_SHAPE, const int flags)
{
    REDUCE_LOCAL;
    int c = get_group_id(0);
    sums own = sums_of_part(REALS(x), REALS(dy), mask, mask_at, CURSOR_BEGIN(), channels,
                            FLOATS(mean)[c], flags);
    own = sums_of_group(own, reduce_values);
    if (get_local_id(0) == 0)
        vstore2((float2)(own.first, own.second), c * get_num_groups(1) + get_group_id(1),
                FLOATS(parts));
}

/* One group per channel. */
GROUPS_KERNEL batch_norm_grad_finish(OPERAND(parts), OPERAND(inv_std), OPERAND(dweight),
                                     OPERAND(dbias), const int n_parts)
{
    REDUCE_LOCAL;
    int c = get_group_id(0);
    sums own = { 0.0f, 0.0f };
    for (int i = get_local_id(0); i < n_parts; i += GROUP) {
        float2 part = vload2(c * n_parts + i, FLOATS(parts));
        own.first += part.x;
        own.second += part.y;
    }
    own = sums_of_group(own, reduce_values);
    if (get_local_id(0) == 0) {
        FLOATS(dweight)[c] = own.second * FLOATS(inv_std)[c];
        FLOATS(dbias)[c] = own.first;
    }
}

#define GRADIENT_OPERANDS                                                                          \
    OPERAND(x), OPERAND(dy), OPERAND(weight), OPERAND(mean), OPERAND(inv_std), OPERAND(mask),      \
        OPERAND(dx), OPERAND(dweight), OPERAND(dbias), OPERAND(dz)

GROUPS_KERNEL batch_norm_grad_apply(GRADIENT_OPERANDS, PART_SHAPE, const int flags,
                                    const float count)
{
    int c = get_group_id(0);
    line l = line_of(FLOATS(weight)[c], FLOATS(mean)[c], FLOATS(inv_std)[c], FLOATS(dweight)[c],
                     FLOATS(dbias)[c], count);
    line_apply(l, REALS(x), REALS(dy), mask, mask_at, REALS(dx), REALS(dz), CURSOR_BEGIN(),
               channels, flags);
}

/* Everything in one kernel, for channels of one part. */
GROUPS_KERNEL batch_norm_grad_whole(GRADIENT_OPERANDS, PART_SHAPE, const int flags,
                                    const float count)
{
    REDUCE_LOCAL;
    int c = get_group_id(0);
    float middle = FLOATS(mean)[c], scale = FLOATS(inv_std)[c];
    sums own = sums_of_part(REALS(x), REALS(dy), mask, mask_at, CURSOR_BEGIN(), channels, middle,
                            flags);
    own = sums_of_group(own, reduce_values);
    if (get_local_id(0) == 0) {
        FLOATS(dweight)[c] = own.second * scale;
        FLOATS(dbias)[c] = own.first;
    }
    line l = line_of(FLOATS(weight)[c], middle, scale, own.second * scale, own.first, count);
    line_apply(l, REALS(x), REALS(dy), mask, mask_at, REALS(dx), REALS(dz), CURSOR_BEGIN(),
               channels, flags);
}
