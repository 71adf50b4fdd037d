/* clip_norm.cu: limits the norm of all gradients, by the factor that divides them. Uses
 * finite.cu. */

/* Runs as a single block, of which one thread works. limit 0: none. */
KERNEL clip_norm(float *loss_scale, const float *square_sum, float *norm, float limit)
{
    if (threadIdx.x != 0)
        return;
    float is = sqrtf(square_sum[0]) / loss_scale[0];
    norm[0] = is;
    if (!is_finite(is))
        loss_scale[1] = 1.0f;
    else if (limit != 0.0f)
        loss_scale[0] *= fmaxf(1.0f, (is + 1e-6f) / limit);
}
