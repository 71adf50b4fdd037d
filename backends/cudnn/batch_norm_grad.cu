/* batch_norm_grad.cu: the gradient of batch normalisation, through the mask of its relu. With g the
 * gradient of the normalised values and M their number in a channel:
 *
 *     first = sum g,  second = sum g * (x - mean);   dbias = first,  dweight = second * inv_std
 *     dx = weight * inv_std * (g - first / M - (x - mean) * inv_std^2 * second / M),   dz = g */

/* g of the vector at element `at`; 0 for dropped values, even if dy is NaN there. */
DEVICE void gradient_load(const real *dy, const uchar *mask, int64 at, float *g)
{
    vec_load(dy, at, g);
    uint keep = mask ? vec_keep(mask, at) : 255u;
#pragma unroll
    for (int i = 0; i < VEC; i++)
        g[i] = keep >> i & 1u ? g[i] : 0.0f;
}

/* Both sums over all threads that share channels. Every thread of the block must call it. */
DEVICE void sums_of_block(const real *x, const real *dy, const uchar *mask, const float *mean,
                          traversal w, int side, float *first, float *second, float *shared)
{
    float g[2][VEC], value[2][VEC];
#pragma unroll
    for (int i = 0; i < VEC; i++)
        first[i] = second[i] = 0.0f;
    while (w.left > 0) {
        int n = w.left < 2 ? 1 : 2;
#pragma unroll
        for (int r = 0; r < 2; r++) {
            if (r < n) {
                gradient_load(dy, mask, w.at, g[r]);
                vec_load(x, w.at, value[r]);
                traversal_next(&w);
            }
        }
#pragma unroll
        for (int r = 0; r < 2; r++) {
#pragma unroll
            for (int i = 0; i < VEC && r < n; i++) {
                first[i] += g[r][i];
                second[i] += g[r][i] * (value[r][i] - mean[i]);
            }
        }
    }
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
    float *to = parts + ((int64)blockIdx.y * channels + w.channel) * 2;
#pragma unroll
    for (int i = 0; i < OWN_CHANNELS; i++) {
        to[2 * i] = first[i];
        to[2 * i + 1] = second[i];
    }
}

/* Threads of a block that have different channels, as in batch_norm.cu. */
enum { FINISH_SIDE = 8 };

/* Combines the parts of each channel. dweight and dbias are this rank's; sums[c] holds both sums,
 * and those of all ranks after it has been summed over them. */
KERNEL batch_norm_grad_finish(const float *parts, const float *inv_std, float *dweight,
                              float *dbias, float *sums, const int n_parts, const int channels)
{
    __shared__ float shared[2 * GROUP];
    int lane = threadIdx.x / FINISH_SIDE, lanes = GROUP / FINISH_SIDE;
    int c = (int)blockIdx.x * FINISH_SIDE + (int)threadIdx.x % FINISH_SIDE;
    int mine = c < channels ? n_parts : 0;
    float both[2] = { 0.0f, 0.0f };
    for (int i = lane; i < mine; i += lanes) {
        both[0] += parts[((int64)i * channels + c) * 2];
        both[1] += parts[((int64)i * channels + c) * 2 + 1];
    }
    block_sum(both, 2, FINISH_SIDE, shared);
    if (lane > 0 || mine == 0)
        return;
    dweight[c] = both[1] * inv_std[c];
    dbias[c] = both[0];
    sums[2 * c] = both[0];
    sums[2 * c + 1] = both[1];
}

/* dx = factor * g - slope * (x - mean) - centre. */
typedef struct line {
    float mean, factor, slope, centre;
} line;

DEVICE line line_of(float mean, float inv_std, float weight, float first, float second, float count)
{
    float factor = weight * inv_std;
    line l = { mean, factor, factor * (inv_std * inv_std * (second / count)),
               factor * (first / count) };
    return l;
}

#define APPLY_OPERANDS                                                                             \
    const real *x, const real *dy, const float *weight, const float *mean, const float *inv_std,   \
        const uchar *mask

/* dx may be x or dy. */
#if VEC == 8

DEVICE void traversal_apply(const real *x, const real *dy, const uchar *mask, const line *l,
                            real *dx, real *dz, traversal w)
{
    while (w.left > 0) {
        octet g, value;
        gradient_load(dy, mask, w.at, g.v);
        vec_load(x, w.at, value.v);
#pragma unroll
        for (int i = 0; i < 8; i++)
            value.v[i] = l[i].factor * g.v[i] -
                         (l[i].slope * (value.v[i] - l[i].mean) + l[i].centre);
        octet_store(dx, w.at, 8, value);
        if (dz)
            octet_store(dz, w.at, 8, g);
        traversal_next(&w);
    }
}

KERNEL batch_norm_grad_apply(APPLY_OPERANDS, const float *sums, real *dx, real *dz, TRAVERSAL_SHAPE,
                             const float count)
{
    traversal w = traversal_begin(rows, channels, plane, side, true);
    line l[8];
#pragma unroll
    for (int i = 0; i < 8; i++) {
        int c = w.channel + (LAST ? i : 0);
        l[i] = line_of(mean[c], inv_std[c], weight[c], sums[2 * c], sums[2 * c + 1], count);
    }
    traversal_apply(x, dy, mask, l, dx, dz, w);
}

/* Everything in one kernel, for channels of one part. */
KERNEL batch_norm_grad_whole(APPLY_OPERANDS, real *dx, float *dweight, float *dbias, real *dz,
                             TRAVERSAL_SHAPE, const float count)
{
    __shared__ float shared[8 * GROUP];
    float middle[8], deviation[8], factor[8], first[8], second[8];
    traversal w = traversal_begin(rows, channels, plane, side, false);
    bool is_there = w.left > 0;
    line l[8];
    vec_of_channel(mean, w, middle);
    sums_of_block(x, dy, mask, middle, w, side, first, second, shared);
    vec_of_channel(inv_std, w, deviation);
    vec_of_channel(weight, w, factor);
#pragma unroll
    for (int i = 0; i < 8; i++)
        l[i] = line_of(middle[i], deviation[i], factor[i], first[i], second[i], count);
    if (threadIdx.x < side && is_there) {
#pragma unroll
        for (int i = 0; i < OWN_CHANNELS; i++) {
            dweight[w.channel + i] = second[i] * deviation[i];
            dbias[w.channel + i] = first[i];
        }
    }
    traversal_apply(x, dy, mask, l, dx, dz, w);
}

#else

/* One octet per thread, whose elements may be of several channels. */
KERNEL batch_norm_grad_apply_any(APPLY_OPERANDS, const float *sums, real *dx, real *dz,
                                 const int64 n, const int channels, const int inner,
                                 const float count)
{
    int64 at = (n - 1) / 8 * 8 - ITEM * 8;
    if (at < 0)
        return;
    int left = n - at < 8 ? (int)(n - at) : 8;
    place p = place_of(at, channels, inner);
    octet g = octet_load(dy, at, left), value = octet_load(x, at, left);
    uint keep = mask ? mask_get(mask, at, left) : 255u;
    bool is_other = true;
    line l = { 0.0f, 0.0f, 0.0f, 0.0f };
#pragma unroll
    for (int i = 0; i < 8; i++) {
        int c = p.channel;
        if (is_other)
            l = line_of(mean[c], inv_std[c], weight[c], sums[2 * c], sums[2 * c + 1],
                        count);
        g.v[i] = keep >> i & 1u ? g.v[i] : 0.0f;
        value.v[i] = l.factor * g.v[i] - (l.slope * (value.v[i] - l.mean) + l.centre);
        is_other = place_next(&p, channels, inner);
    }
    octet_store(dx, at, left, value);
    if (dz)
        octet_store(dz, at, left, g);
}

#endif
