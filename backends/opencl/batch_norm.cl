/* batch_norm.cl: a channel's statistics, in parts or at once, and the normalised values. */

/* The statistics of some values of a channel. */
typedef struct moments {
    float count;
    float mean;    /* relative to the channel's base, so that an offset costs no digits */
    float squares; /* sum of squared deviations from the mean */
} moments;

/* The base: the mean of a few values of the channel, close to the mean of all. */
float base_of(__global const real *x, int size)
{
    int count = min(8, size);
    return octet_sum(octet_load(x, (int)get_group_id(0) * size, count)) / count;
}

moments moments_both(moments a, moments b)
{
    float count = a.count + b.count, apart = b.mean - a.mean, share = b.count / count;
    moments both = { count, a.mean + apart * share,
                     a.squares + b.squares + apart * apart * a.count * share };
    return both;
}

/* Statistics of the item's next octets, from sums of differences from the first octet's mean. */
moments moments_of_block(__global const real *x, float base, cursor *w, int channels)
{
    int count = CURSOR_COUNT(*w), n = 0;
    float shift = octet_sum(octet_load(x, CURSOR_FIRST(*w), count)) / count;
    float8 sums = 0.0f, squares = 0.0f;
    for (int k = 0; k < BLOCK && w->left > 0; k++) {
        count = CURSOR_COUNT(*w);
        float8 value = octet_load(x, CURSOR_FIRST(*w), count) - shift;
        if (count < 8)
            value = OCTET_WHERE(OCTET_FIRST(count), value);
        sums += value;
        squares += value * value;
        n += count;
        cursor_next(w, channels);
    }
    float sum = octet_sum(sums), square = octet_sum(squares) - sum * (sum / n);
    moments m = { n, shift - base + sum / n, square < 0.0f ? 0.0f : square };
    return m;
}

/* Combines the statistics of all items. Every item of the group must call it. */
moments moments_of_group(moments own, __local float *reduce_values)
{
    moments m;
    m.count = REDUCE_SUM(own.count);
    m.mean = REDUCE_SUM(own.count * own.mean) / m.count;
    float apart = own.mean - m.mean;
    m.squares = REDUCE_SUM(own.squares + own.count * apart * apart);
    return m;
}

moments moments_of_part(__global const real *x, float base, cursor w, int channels,
                        __local float *reduce_values)
{
    moments own = { 0.0f, 0.0f, 0.0f };
    while (w.left > 0)
        own = moments_both(own, moments_of_block(x, base, &w, channels));
    return moments_of_group(own, reduce_values);
}

#define INV_STD(variance) (1.0f / sqrt((variance) + epsilon))

/* Updates the running estimates. unbias: count / (count - 1). */
void running_update(__global float *running_mean, __global float *running_var, float mean,
                    float variance, float momentum)
{
    *running_mean = (1.0f - momentum) * *running_mean + momentum * mean;
    *running_var = (1.0f - momentum) * *running_var + momentum * variance;
}

/* Flags of the kernels below; the first two are those of rn_epilogue. */
enum { ADD = 1, RELU_TOO = 2, MASKED = 4, TRAINING = 8 };

/* Applies (x - mean) * scale + bias to every value, then the epilogue of the flags. y may be x or
 * z. */
typedef struct line {
    float mean, scale, bias;
} line;

void line_apply(line l, __global const real *x, __global const real *z, __global real *y,
                __global uchar *mask, const uint mask_at, cursor w, int channels, int flags)
{
    for (; w.left > 0; cursor_next(&w, channels)) {
        int first = CURSOR_FIRST(w), count = CURSOR_COUNT(w);
        float8 value = (octet_load(x, first, count) - l.mean) * l.scale + l.bias;
        if (flags & ADD)
            value += octet_load(z, first, count);
        int8 keep = OCTET_POSITIVE(value);
        if (flags & RELU_TOO)
            value = OCTET_WHERE(keep, value);
        octet_store(value, y, first, count);
        if (flags & MASKED)
            MASK_PUT(mask, CURSOR_MASK_BYTE(w), first, count, octet_bits(keep, count));
    }
}

GROUPS_KERNEL batch_norm_statistics(OPERAND(x), OPERAND(parts), PART_SHAPE)
{
    REDUCE_LOCAL;
    float base = base_of(REALS(x), size);
    moments m = moments_of_part(REALS(x), base, CURSOR_BEGIN(), channels, reduce_values);
    int at = get_group_id(0) * get_num_groups(1) + get_group_id(1);
    if (get_local_id(0) == 0)
        vstore3((float3)(m.count, m.mean, m.squares), at, FLOATS(parts));
}

/* Combines the parts of channel c; the mean is the absolute one. */
moments moments_of_channel(__global const real *x, __global const float *parts, int n_parts,
                           int size, __local float *reduce_values)
{
    int c = get_group_id(0);
    moments own = { 0.0f, 0.0f, 0.0f };
    for (int i = get_local_id(0); i < n_parts; i += GROUP) {
        float3 part = vload3(c * n_parts + i, parts);
        moments m = { part.x, part.y, part.z };
        own = moments_both(own, m);
    }
    own = moments_of_group(own, reduce_values);
    own.mean += base_of(x, size);
    return own;
}

/* One group per channel. */
GROUPS_KERNEL batch_norm_finish(OPERAND(x), OPERAND(parts), OPERAND(running_mean),
                                OPERAND(running_var), OPERAND(mean), OPERAND(inv_std),
                                const int n_parts, const int size, const float epsilon,
                                const float momentum, const float unbias)
{
    REDUCE_LOCAL;
    int c = get_group_id(0);
    moments own = moments_of_channel(REALS(x), FLOATS(parts), n_parts, size, reduce_values);
    if (get_local_id(0) == 0) {
        float variance = own.squares / own.count;
        running_update(FLOATS(running_mean) + c, FLOATS(running_var) + c, own.mean,
                       variance * unbias, momentum);
        FLOATS(mean)[c] = own.mean;
        FLOATS(inv_std)[c] = INV_STD(variance);
    }
}

/* If synchronised, the two below instead: what this rank knows of its channels, and what follows
 * from what all ranks know. */
GROUPS_KERNEL batch_norm_moments(OPERAND(x), OPERAND(parts), OPERAND(mean), OPERAND(variance),
                                 const int n_parts, const int size)
{
    REDUCE_LOCAL;
    int c = get_group_id(0);
    moments own = moments_of_channel(REALS(x), FLOATS(parts), n_parts, size, reduce_values);
    if (get_local_id(0) == 0) {
        FLOATS(mean)[c] = own.mean;
        FLOATS(variance)[c] = own.squares / own.count;
    }
}

GROUPS_KERNEL batch_norm_accept(OPERAND(all_mean), OPERAND(all_variance), OPERAND(running_mean),
                                OPERAND(running_var), OPERAND(mean), OPERAND(inv_std),
                                const float epsilon, const float momentum, const float unbias)
{
    int c = get_group_id(0);
    float variance = FLOATS(all_variance)[c];
    if (get_local_id(0) == 0) {
        running_update(FLOATS(running_mean) + c, FLOATS(running_var) + c, FLOATS(all_mean)[c],
                       variance * unbias, momentum);
        FLOATS(mean)[c] = FLOATS(all_mean)[c];
        FLOATS(inv_std)[c] = INV_STD(variance);
    }
}

/* mean and deviation: the batch's mean and inverse deviation, or the running mean and variance. */
GROUPS_KERNEL batch_norm_apply(OPERAND(x), OPERAND(weight), OPERAND(bias), OPERAND(mean),
                               OPERAND(deviation), OPERAND(z), OPERAND(y), OPERAND(mask),
                               PART_SHAPE, const int flags, const float epsilon)
{
    int c = get_group_id(0);
    float found = FLOATS(deviation)[c];
    float inv_std = flags & TRAINING ? found : INV_STD(found);
    line l = { FLOATS(mean)[c], FLOATS(weight)[c] * inv_std, FLOATS(bias)[c] };
    line_apply(l, REALS(x), REALS(z), REALS(y), mask, mask_at, CURSOR_BEGIN(), channels, flags);
}

/* Everything in one kernel, for channels of one part. */
GROUPS_KERNEL batch_norm_whole(OPERAND(x), OPERAND(weight), OPERAND(bias), OPERAND(running_mean),
                               OPERAND(running_var), OPERAND(z), OPERAND(y), OPERAND(mean),
                               OPERAND(inv_std), OPERAND(mask), PART_SHAPE, const int flags,
                               const float epsilon, const float momentum, const float unbias)
{
    REDUCE_LOCAL;
    int c = get_group_id(0);
    float base = base_of(REALS(x), size);
    moments m = moments_of_part(REALS(x), base, CURSOR_BEGIN(), channels, reduce_values);
    float variance = m.squares / m.count, found = INV_STD(variance);
    line l = { base + m.mean, FLOATS(weight)[c] * found, FLOATS(bias)[c] };
    if (get_local_id(0) == 0) {
        running_update(FLOATS(running_mean) + c, FLOATS(running_var) + c, l.mean,
                       variance * unbias, momentum);
        FLOATS(mean)[c] = l.mean;
        FLOATS(inv_std)[c] = found;
    }
    /* From here on the base may be overwritten. */
    barrier(CLK_GLOBAL_MEM_FENCE);
    line_apply(l, REALS(x), REALS(z), REALS(y), mask, mask_at, CURSOR_BEGIN(), channels, flags);
}
