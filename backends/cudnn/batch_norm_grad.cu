/* batch_norm_grad.cu: the gradient of batch normalisation, through the mask of its relu. With g the
 * gradient of the normalised values and M their number in a channel:
 *
 *     first = sum g,  second = sum g * (x - mean);   dbias = first,  dweight = second * inv_std
 *     dx = weight * inv_std * (g - first / M - (x - mean) * inv_std^2 * second / M),   dz = g
 *
 * Uses batch_norm_lines.cu. */

/* A row of the thread, as it is stored. */
typedef struct row {
    vec_packed x, dy;
    uint keep;
} row;

DEVICE row row_fetch(const real *x, const real *dy, const uchar *mask, int64 at)
{
    row r = { vec_fetch(x, at), vec_fetch(dy, at), keep_fetch(mask, at) };
    return r;
}

DEVICE void row_add(row r, const float *mean, float *first, float *second)
{
    float g[VEC], value[VEC];
    gradient_of(r.dy, r.keep, g);
    vec_unpack(r.x, value);
#pragma unroll
    for (int i = 0; i < VEC; i++) {
        first[i] += g[i];
        second[i] += g[i] * (value[i] - mean[i]);
    }
}

/* Both sums over all threads that share channels. Every thread of the block must call it. Two rows
 * are fetched before either is used. */
DEVICE void sums_of_block(const real *x, const real *dy, const uchar *mask, const float *mean,
                          traversal w, int side, float *first, float *second, float *shared)
{
#pragma unroll
    for (int i = 0; i < VEC; i++)
        first[i] = second[i] = 0.0f;
    while (w.left >= 2) {
        row one = row_fetch(x, dy, mask, w.at);
        traversal_next(&w);
        row other = row_fetch(x, dy, mask, w.at);
        traversal_next(&w);
        row_add(one, mean, first, second);
        row_add(other, mean, first, second);
    }
    if (w.left > 0)
        row_add(row_fetch(x, dy, mask, w.at), mean, first, second);
    block_sum(first, VEC, side, shared);
    vec_sum(first);
    block_sum(second, VEC, side, shared);
    vec_sum(second);
}

/* parts[y][c]: both sums of part y of channel c. */
SUMS_KERNEL batch_norm_grad_sums(const real *x, const real *dy, const float *mean,
                                 const uchar *mask, float *parts, TRAVERSAL_SHAPE)
{
    __shared__ float shared[VEC * GROUP];
    float middle[VEC], first[VEC], second[VEC];
    traversal w = traversal_begin(rows, channels, plane, side, false);
    bool is_there = w.left > 0;
    vec_of_channel(mean, w, middle);
    sums_of_block(x, dy, mask, middle, w, side, first, second, shared);
    if (threadIdx.x >= side || !is_there)
        return;
    float2 *to = (float2 *)parts + (int64)blockIdx.y * channels + w.channel;
#pragma unroll
    for (int i = 0; i < OWN_CHANNELS; i++)
        to[i] = make_float2(first[i], second[i]);
}

/* Threads of a block that have different channels, as in batch_norm.cu. */
enum { FINISH_SIDE = 8 };

/* Combines the parts of each channel into dweight and dbias, unless they are NULL, and into the
 * lines. Where ranks share the statistics, there are
 * `sums` instead of lines; those of all ranks are the one part of a second launch. */
KERNEL batch_norm_grad_finish(const float *parts, const float *weight, const float *inv_std,
                              float *dweight, float *dbias, float *sums, float *lines,
                              const int n_parts, const int channels, const float share)
{
    __shared__ float shared[2 * GROUP];
    int lane = threadIdx.x / FINISH_SIDE, lanes = GROUP / FINISH_SIDE;
    int c = (int)blockIdx.x * FINISH_SIDE + (int)threadIdx.x % FINISH_SIDE;
    int mine = c < channels ? n_parts : 0;
    float both[2] = { 0.0f, 0.0f };
    for (int i = lane; i < mine; i += lanes) {
        float2 part = ((const float2 *)parts)[(int64)i * channels + c];
        both[0] += part.x;
        both[1] += part.y;
    }
    block_sum(both, 2, FINISH_SIDE, shared);
    if (lane > 0 || mine == 0)
        return;
    if (dweight) {
        dweight[c] = both[1] * inv_std[c];
        dbias[c] = both[0];
    }
    if (sums) {
        ((float2 *)sums)[c] = make_float2(both[0], both[1]);
        return;
    }
    line_store(lines, channels, c, line_of(inv_std[c], weight[c], both[0], both[1], share));
}

/* dx may be x or dy. */
#if VEC == 8

DEVICE void traversal_apply(const real *x, const real *dy, const uchar *mask, const bundle *b,
                            real *dx, real *dz, traversal w)
{
    while (w.left > 0) {
        row r = row_fetch(x, dy, mask, w.at);
        octet g;
        gradient_of(r.dy, r.keep, g.v);
        packed_store(dx, w.at, bundle_apply(b, g, unpack(r.x)));
        if (dz)
            packed_store(dz, w.at, g);
        traversal_next(&w);
    }
}

KERNEL batch_norm_grad_apply(const real *x, const real *dy, const float *mean, const uchar *mask,
                             const float *lines, real *dx, real *dz, TRAVERSAL_SHAPE)
{
    traversal w = traversal_begin(rows, channels, plane, side, true);
    bundle b = bundle_load(mean, lines, channels, w);
    traversal_apply(x, dy, mask, &b, dx, dz, w);
}

/* Everything in one kernel, for channels of one part. */
SUMS_KERNEL batch_norm_grad_whole(const real *x, const real *dy, const float *weight,
                                  const float *mean, const float *inv_std, const uchar *mask,
                                  real *dx, float *dweight, float *dbias, real *dz,
                                  TRAVERSAL_SHAPE, const float share)
{
    __shared__ float shared[8 * GROUP];
    float deviation[8], factor[8], first[8], second[8];
    traversal w = traversal_begin(rows, channels, plane, side, false);
    bool is_there = w.left > 0;
    bundle b;
    vec_of_channel(mean, w, b.mean);
    sums_of_block(x, dy, mask, b.mean, w, side, first, second, shared);
    vec_of_channel(inv_std, w, deviation);
    vec_of_channel(weight, w, factor);
    if (threadIdx.x < side && is_there) {
#pragma unroll
        for (int i = 0; i < OWN_CHANNELS; i++) {
            dweight[w.channel + i] = second[i] * deviation[i];
            dbias[w.channel + i] = first[i];
        }
    }
#pragma unroll
    for (int i = 0; i < 8; i++) {
        line l = line_of(deviation[i], factor[i], first[i], second[i], share);
        b.factor[i] = l.factor, b.slope[i] = l.slope, b.centre[i] = l.centre;
    }
    traversal_apply(x, dy, mask, &b, dx, dz, w);
}

#else

/* One octet per thread, whose elements may be of several channels. */
KERNEL batch_norm_grad_apply_any(const real *x, const real *dy, const float *mean,
                                 const uchar *mask, const float *lines, real *dx, real *dz,
                                 const int64 n, const int channels, const int inner)
{
    int64 at = (n - 1) / 8 * 8 - ITEM * 8;
    if (at < 0)
        return;
    int left = n - at < 8 ? (int)(n - at) : 8;
    place p = place_of(at, channels, inner);
    octet g = octet_load(dy, at, left), value = octet_load(x, at, left);
    uint keep = mask ? mask_get(mask, at, left) : 255u;
    bool is_other = true;
    line l = { 0.0f, 0.0f, 0.0f };
    float middle = 0.0f;
#pragma unroll
    for (int i = 0; i < 8; i++) {
        int c = p.channel;
        if (is_other) {
            middle = mean[c];
            l = line_load(lines, channels, c);
        }
        g.v[i] = keep >> i & 1u ? g.v[i] : 0.0f;
        value.v[i] = l.factor * g.v[i] - (l.slope * (value.v[i] - middle) + l.centre);
        is_other = place_next(&p, channels, inner);
    }
    octet_store(dx, at, left, value);
    if (dz)
        octet_store(dz, at, left, g);
}

#endif
