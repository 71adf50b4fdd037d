/* lars.cu: a step of sgd, scaled to the norms of parameter and gradient. Uses update.cu, sgd.cu and
 * norms.cu. velocity, loss and loss_scale may be absent. */

/* The blocks together go through the n elements. */
KERNEL lars_norms(const float *param, const float *gradient, const float *loss_scale, float *sums,
                  int n)
{
    __shared__ float shared[WARPS];
    const float unscale = unscale_of(loss_scale);
    float params = 0.0f, gradients = 0.0f;
    for (int64 first = ITEM * 8; first < n; first += (int64)gridDim.x * GROUP * 8) {
        int count = octet_count(n, (int)first);
        octet p = octet_load(param, first, count), g = octet_load(gradient, first, count);
#pragma unroll
        for (int i = 0; i < 8; i++) {
            params += p.v[i] * p.v[i];
            gradients += (g.v[i] * unscale) * (g.v[i] * unscale);
        }
    }
    norms_keep(params, gradients, sums, shared);
}

/* parts: of the sums; 0: the ratio is 1. */
KERNEL lars(float *param, const float *gradient, float *velocity, const float *learning_rate,
            const float *loss, const float *loss_scale, const float *sums, int n, int parts,
            float momentum, int nesterov, float decay, float trust, float epsilon)
{
    __shared__ float shared[WARPS];
    float2 norm = norms_of(sums, parts, shared);
    int64 first = ITEM * 8;
    if (first >= n || !is_sound(loss, loss_scale))
        return;
    int count = octet_count(n, (int)first);
    const float unscale = unscale_of(loss_scale);
    float ratio = norm.x > 0.0f && norm.y > 0.0f
                      ? trust * norm.x / (norm.y + decay * norm.x + epsilon)
                      : 1.0f;
    octet p = octet_load(param, first, count), g = octet_load(gradient, first, count);
#pragma unroll
    for (int i = 0; i < 8; i++)
        g.v[i] = ratio * (g.v[i] * unscale + decay * p.v[i]);
    p = sgd_step(p, g, velocity, (int)first, count, learning_rate[0], momentum, nesterov);
    octet_store(param, first, count, p);
}
