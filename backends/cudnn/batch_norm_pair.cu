/* batch_norm_pair.cu: y = relu(batch_norm(x) + batch_norm(z)) and its mask, from the statistics of
 * both. Octets only. */

/* The arrays of one of both, by channel. */
#define NORM_OPERANDS(x) const real *x, const float *x##_weight, const float *x##_bias,            \
        const float *x##_mean, const float *x##_inv_std

KERNEL batch_norm_pair_apply(NORM_OPERANDS(x), NORM_OPERANDS(z), real *y, uchar *mask,
                             TRAVERSAL_SHAPE)
{
    traversal w = traversal_begin(rows, channels, plane, side, true);
    float middle[8], scale[8], z_middle[8], z_scale[8], offset[8], factor[8];
    vec_of_channel(x_mean, w, middle);
    vec_of_channel(z_mean, w, z_middle);
    vec_of_channel(x_inv_std, w, scale);
    vec_of_channel(x_weight, w, factor);
#pragma unroll
    for (int i = 0; i < 8; i++)
        scale[i] *= factor[i];
    vec_of_channel(z_inv_std, w, z_scale);
    vec_of_channel(z_weight, w, factor);
#pragma unroll
    for (int i = 0; i < 8; i++)
        z_scale[i] *= factor[i];
    vec_of_channel(x_bias, w, offset);
    vec_of_channel(z_bias, w, factor);
#pragma unroll
    for (int i = 0; i < 8; i++)
        offset[i] += factor[i];
    while (w.left > 0) {
        packed row = packed_load(x, w.at), z_row = packed_load(z, w.at);
        octet o = unpack(row), other = unpack(z_row);
        uint keep = 0;
#pragma unroll
        for (int i = 0; i < 8; i++) {
            float sum = (o.v[i] - middle[i]) * scale[i] + offset[i];
            sum += (other.v[i] - z_middle[i]) * z_scale[i];
            keep |= (sum <= 0.0f ? 0u : 1u) << i;
            o.v[i] = RELU(sum);
        }
        packed_store(y, w.at, o);
        if (mask)
            mask_put(mask, w.at, 8, keep);
        traversal_next(&w);
    }
}
