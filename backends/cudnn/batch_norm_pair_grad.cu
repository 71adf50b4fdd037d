/* batch_norm_pair_grad.cu: the gradients of both batch norms of batch_norm_pair.cu, as in
 * batch_norm_grad.cu: they have the same g. Octets only. Uses batch_norm_lines.cu. */

/* A row of the thread, as it is stored. */
typedef struct row {
    packed x, z, dy;
    uint keep;
} row;

DEVICE row row_fetch(const real *x, const real *z, const real *dy, const uchar *mask, int64 at)
{
    row r = { packed_load(x, at), packed_load(z, at), packed_load(dy, at), keep_fetch(mask, at) };
    return r;
}

/* parts, z_parts: as those of batch_norm_grad_sums, of x and of z. It needs no bound to let three
 * blocks run at a time. */
KERNEL batch_norm_pair_grad_sums(const real *x, const real *z, const real *dy, const float *mean,
                                 const float *z_mean, const uchar *mask, float *parts,
                                 float *z_parts, TRAVERSAL_SHAPE)
{
    __shared__ float shared[8 * GROUP];
    float middle[8], z_middle[8], first[8], second[8], third[8];
    traversal w = traversal_begin(rows, channels, plane, side, false);
    bool is_there = w.left > 0;
    vec_of_channel(mean, w, middle);
    vec_of_channel(z_mean, w, z_middle);
#pragma unroll
    for (int i = 0; i < 8; i++)
        first[i] = second[i] = third[i] = 0.0f;
#pragma unroll 1 /* more rows at a time would spill registers */
    while (w.left > 0) {
        row r = row_fetch(x, z, dy, mask, w.at);
        octet value = unpack(r.x), g;
        gradient_of(r.dy, r.keep, g.v);
#pragma unroll
        for (int i = 0; i < 8; i++) {
            first[i] += g.v[i];
            second[i] += g.v[i] * (value.v[i] - middle[i]);
        }
        value = unpack(r.z);
#pragma unroll
        for (int i = 0; i < 8; i++)
            third[i] += g.v[i] * (value.v[i] - z_middle[i]);
        traversal_next(&w);
    }
    block_sum(first, 8, side, shared);
    vec_sum(first);
    block_sum(second, 8, side, shared);
    vec_sum(second);
    block_sum(third, 8, side, shared);
    vec_sum(third);
    if (threadIdx.x >= side || !is_there)
        return;
    int64 to = (int64)blockIdx.y * channels + w.channel;
#pragma unroll
    for (int i = 0; i < OWN_CHANNELS; i++) {
        ((float2 *)parts)[to + i] = make_float2(first[i], second[i]);
        ((float2 *)z_parts)[to + i] = make_float2(first[i], third[i]);
    }
}

/* dx may be x, and dz z; either may be dy. */
KERNEL batch_norm_pair_grad_apply(const real *x, const real *z, const real *dy, const float *mean,
                                  const float *z_mean, const uchar *mask, const float *lines,
                                  const float *z_lines, real *dx, real *dz, TRAVERSAL_SHAPE)
{
    traversal w = traversal_begin(rows, channels, plane, side, true);
    bundle b = bundle_load(mean, lines, channels, w);
    bundle z_b = bundle_load(z_mean, z_lines, channels, w);
    while (w.left > 0) {
        row r = row_fetch(x, z, dy, mask, w.at);
        octet g;
        gradient_of(r.dy, r.keep, g.v);
        packed_store(dx, w.at, bundle_apply(&b, g, unpack(r.x)));
        packed_store(dz, w.at, bundle_apply(&z_b, g, unpack(r.z)));
        traversal_next(&w);
    }
}
