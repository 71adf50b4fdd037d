/* batch_norm.cu: a channel's statistics, in parts or at once, and the normalised values. */

/* The statistics of some values of a channel: their number, their mean, and their sum of squared
 * deviations from it. An array of moments has three floats per channel. */
enum { MOMENTS = 3 };

/* The moments of each element of the thread's vectors. `base` is subtracted first, so that an
 * offset costs no digits. The moments of four rows at a time are merged into the total (Chan,
 * Golub, LeVeque 1979, equations 2.1). */
DEVICE float moments_of_rows(const real *x, const float *base, traversal w, float *mean,
                             float *squares)
{
    float n = 0.0f, v[4][VEC];
#pragma unroll
    for (int i = 0; i < VEC; i++)
        mean[i] = squares[i] = 0.0f;
    while (w.left >= 4) {
        vec_packed rows[4];
#pragma unroll
        for (int r = 0; r < 4; r++) {
            rows[r] = vec_fetch(x, w.at);
            traversal_next(&w);
        }
        float share = 4.0f / (n + 4.0f), weight = n * share;
        n += 4.0f;
#pragma unroll
        for (int r = 0; r < 4; r++)
            vec_unpack(rows[r], v[r]);
#pragma unroll
        for (int i = 0; i < VEC; i++) {
            float middle = 0.25f * (v[0][i] - base[i] + (v[1][i] - base[i]) +
                                    (v[2][i] - base[i] + (v[3][i] - base[i])));
            float apart = middle - mean[i];
            mean[i] += apart * share;
            squares[i] += apart * apart * weight;
#pragma unroll
            for (int r = 0; r < 4; r++) {
                float difference = v[r][i] - base[i] - middle;
                squares[i] += difference * difference;
            }
        }
    }
    while (w.left > 0) {
        vec_load(x, w.at, v[0]);
        traversal_next(&w);
        float share = 1.0f / (n + 1.0f), weight = n * share;
#pragma unroll
        for (int i = 0; i < VEC; i++) {
            float apart = v[0][i] - base[i] - mean[i];
            mean[i] += apart * share;
            squares[i] += apart * apart * weight;
        }
        n += 1.0f;
    }
    return n;
}

/* Combines the moments of all threads that share channels. Every thread of the block must call it.
 * Returns the number of values. */
DEVICE float moments_of_block(const real *x, const float *base, traversal w, int side, float *mean,
                              float *squares, float *shared)
{
    float own = moments_of_rows(x, base, w, mean, squares), middle[VEC], n[VEC];
#pragma unroll
    for (int i = 0; i < VEC; i++) {
        middle[i] = own * mean[i];
        n[i] = own;
    }
    block_sum(middle, VEC, side, shared);
    vec_sum(middle);
    block_sum(n, 1, side, shared);
    float all = LAST ? n[0] : n[0] * VEC, share = 1.0f / all;
#pragma unroll
    for (int i = 0; i < VEC; i++) {
        middle[i] *= share;
        float apart = mean[i] - middle[i];
        squares[i] += own * apart * apart;
        mean[i] = middle[i];
    }
    block_sum(squares, VEC, side, shared);
    vec_sum(squares);
    return all;
}

DEVICE float inv_std_of(float variance, float epsilon)
{
    return 1.0f / sqrtf(variance + epsilon);
}

/* The destinations of a channel's statistics. */
typedef struct found {
    float *running_mean, *running_var, *mean, *inv_std;
    float epsilon, momentum;
} found;

/* Returns inv_std. */
DEVICE float found_put(found f, int c, float n, float mean, float squares)
{
    float inv_std = inv_std_of(squares / n, f.epsilon), stays = 1.0f - f.momentum;
    f.running_mean[c] = stays * f.running_mean[c] + f.momentum * mean;
    f.running_var[c] = stays * f.running_var[c] + f.momentum * (squares / (n - 1.0f));
    f.mean[c] = mean;
    f.inv_std[c] = inv_std;
    return inv_std;
}

/* parts[y][c]: the moments of part y of channel c, relative to its first value. */
SUMS_KERNEL batch_norm_statistics(const real *x, float *parts, TRAVERSAL_SHAPE)
{
    __shared__ float shared[VEC * GROUP];
    float base[VEC], mean[VEC], squares[VEC];
    traversal w = traversal_begin(rows, channels, plane, side, false);
    bool is_there = w.left > 0;
    vec_of_first(x, w, plane, base);
    float n = moments_of_block(x, base, w, side, mean, squares, shared);
    if (threadIdx.x >= side || !is_there)
        return;
    float *to = parts + ((int64)blockIdx.y * channels + w.channel) * MOMENTS;
#pragma unroll
    for (int i = 0; i < OWN_CHANNELS; i++) {
        to[MOMENTS * i] = n;
        to[MOMENTS * i + 1] = mean[i];
        to[MOMENTS * i + 2] = squares[i];
    }
}

/* Threads of a combining block that have different channels: neighbours read neighbouring floats;
 * 32 others read different parts. */
enum { FINISH_SIDE = 8 };

/* Combines the parts of each channel. x: the parts are relative to the channel's first value in x;
 * NULL: they are not. The statistics are stored; or, if there are `slots`, they are written only to
 * this rank's slot and zeros to the others, so that the sum over all ranks holds every rank's. */
KERNEL batch_norm_finish(const real *x, const float *parts, float *running_mean, float *running_var,
                         float *mean, float *inv_std, float *slots, const int n_parts,
                         const int channels, const int plane, const float epsilon,
                         const float momentum, const int rank, const int ranks)
{
    __shared__ float shared[2 * GROUP];
    int lane = threadIdx.x / FINISH_SIDE, lanes = GROUP / FINISH_SIDE;
    int c = (int)blockIdx.x * FINISH_SIDE + (int)threadIdx.x % FINISH_SIDE;
    int mine = c < channels ? n_parts : 0;
    float sums[2] = { 0.0f, 0.0f }, squares = 0.0f;
    for (int i = lane; i < mine; i += lanes) {
        const float *part = parts + ((int64)i * channels + c) * MOMENTS;
        sums[0] += part[0];
        sums[1] += part[0] * part[1];
    }
    block_sum(sums, 2, FINISH_SIDE, shared);
    float n = sums[0], middle = sums[1] / n;
    for (int i = lane; i < mine; i += lanes) {
        const float *part = parts + ((int64)i * channels + c) * MOMENTS;
        float apart = part[1] - middle;
        squares += part[2] + part[0] * apart * apart;
    }
    block_sum(&squares, 1, FINISH_SIDE, shared);
    if (lane > 0 || mine == 0)
        return;
    if (x)
        middle += real_to_float(x[LAST ? (int64)c : (int64)c * plane]);
    if (!slots) {
        found f = { running_mean, running_var, mean, inv_std, epsilon, momentum };
        found_put(f, c, n, middle, squares);
        return;
    }
    for (int r = 0; r < ranks; r++) {
        float *slot = slots + ((int64)r * channels + c) * MOMENTS;
        slot[0] = r == rank ? n : 0.0f;
        slot[1] = r == rank ? middle : 0.0f;
        slot[2] = r == rank ? squares : 0.0f;
    }
}

/* Flags of the kernels below. */
enum { RELU_TOO = 1, TRAINING = 2 };

#define APPLY_OPERANDS                                                                             \
    const real *x, const float *weight, const float *bias, const float *mean,                      \
        const float *deviation, const real *z, real *y, uchar *mask

/* What `deviation` holds: the batch's inverse deviation, or the running variance. */
DEVICE float inv_std_at(const float *deviation, int c, int flags, float epsilon)
{
    return flags & TRAINING ? deviation[c] : inv_std_of(deviation[c], epsilon);
}

/* Stores `o`, (x - mean) * scale + bias, after the epilogue. y may be x or z. */
DEVICE void epilogue_put(octet o, const real *z, real *y, uchar *mask, int64 first, int count,
                         int flags)
{
    if (z) {
        octet add = octet_load(z, first, count);
#pragma unroll
        for (int i = 0; i < 8; i++)
            o.v[i] += add.v[i];
    }
    uint keep = 0;
#pragma unroll
    for (int i = 0; i < 8; i++) {
        keep |= (o.v[i] <= 0.0f ? 0u : 1u) << i;
        if (flags & RELU_TOO)
            o.v[i] = RELU(o.v[i]);
    }
    octet_store(y, first, count, o);
    if (mask)
        mask_put(mask, first, count, keep);
}

#if VEC == 8

DEVICE void traversal_apply(const real *x, const float *mean, const float *scale, const float *bias,
                       const real *z, real *y, uchar *mask, traversal w, int flags)
{
    while (w.left > 0) {
        octet o = octet_load(x, w.at, 8);
#pragma unroll
        for (int i = 0; i < 8; i++)
            o.v[i] = (o.v[i] - mean[i]) * scale[i] + bias[i];
        epilogue_put(o, z, y, mask, w.at, 8, flags);
        traversal_next(&w);
    }
}

/* mean and deviation: the batch's mean and inverse deviation, or the running mean and variance. */
KERNEL batch_norm_apply(APPLY_OPERANDS, TRAVERSAL_SHAPE, const int flags, const float epsilon)
{
    traversal w = traversal_begin(rows, channels, plane, side, true);
    float middle[8], scale[8], offset[8], factor[8];
    vec_of_channel(mean, w, middle);
    vec_of_channel(deviation, w, scale);
    vec_of_channel(weight, w, factor);
    vec_of_channel(bias, w, offset);
#pragma unroll
    for (int i = 0; i < 8; i++)
        scale[i] = factor[i] * (flags & TRAINING ? scale[i] : inv_std_of(scale[i], epsilon));
    traversal_apply(x, middle, scale, offset, z, y, mask, w, flags);
}

/* Everything in one kernel, for channels of one part. */
KERNEL batch_norm_whole(const real *x, const float *weight, const float *bias, float *running_mean,
                        float *running_var, const real *z, real *y, float *mean, float *inv_std,
                        uchar *mask, TRAVERSAL_SHAPE, const int flags, const float epsilon,
                        const float momentum)
{
    __shared__ float shared[8 * GROUP];
    float base[8], middle[8], squares[8], scale[8], offset[8];
    traversal w = traversal_begin(rows, channels, plane, side, false);
    bool is_there = w.left > 0;
    vec_of_first(x, w, plane, base);
    float n = moments_of_block(x, base, w, side, middle, squares, shared);
    vec_of_channel(weight, w, scale);
    vec_of_channel(bias, w, offset);
#pragma unroll
    for (int i = 0; i < 8; i++) {
        middle[i] += base[i];
        scale[i] *= inv_std_of(squares[i] / n, epsilon);
    }
    if (threadIdx.x < side && is_there) {
        found f = { running_mean, running_var, mean, inv_std, epsilon, momentum };
#pragma unroll
        for (int i = 0; i < OWN_CHANNELS; i++)
            found_put(f, w.channel + i, n, middle[i], squares[i]);
    }
    traversal_apply(x, middle, scale, offset, z, y, mask, w, flags);
}

#else

/* One octet per thread, whose elements may be of several channels. inner: adjacent elements of one
 * channel. */
KERNEL batch_norm_apply_any(APPLY_OPERANDS, const int64 n, const int channels, const int inner,
                            const int flags, const float epsilon)
{
    int64 first = (n - 1) / 8 * 8 - ITEM * 8;
    if (first < 0)
        return;
    int count = n - first < 8 ? (int)(n - first) : 8;
    place p = place_of(first, channels, inner);
    octet o = octet_load(x, first, count);
    bool is_other = true;
    float middle = 0.0f, scale = 0.0f, offset = 0.0f;
#pragma unroll
    for (int i = 0; i < 8; i++) {
        if (is_other) {
            middle = mean[p.channel];
            scale = weight[p.channel] * inv_std_at(deviation, p.channel, flags, epsilon);
            offset = bias[p.channel];
        }
        o.v[i] = (o.v[i] - middle) * scale + offset;
        is_other = place_next(&p, channels, inner);
    }
    epilogue_put(o, z, y, mask, first, count, flags);
}

#endif
