/* lamb.cu: a step of Adam, scaled to the norms of parameter and direction. Uses update.cu, adamw.cu
 * and norms.cu. loss and loss_scale may be absent. */
#define LAMB_ARGUMENTS                                                                           \
    float *param, const float *gradient, float *mean, float *square, const float *learning_rate, \
        const float *correction, const float *loss, const float *loss_scale, float *sums, int n, \
        float keep_mean, float add_mean, float keep_square, float add_square, float epsilon,     \
        float decay

/* Adds the gradient to the averages, and sums squares; the blocks together go through the n
 * elements. */
KERNEL lamb_norms(LAMB_ARGUMENTS)
{
    __shared__ float shared[WARPS];
    const adam_rates rates = { keep_mean, add_mean, keep_square, add_square, epsilon };
    float params = 0.0f, directions = 0.0f;
    if (!is_sound(loss, loss_scale))
        return;
    for (int64 first = ITEM * 8; first < n; first += (int64)gridDim.x * GROUP * 8) {
        int count = octet_count(n, (int)first);
        octet p = octet_load(param, first, count), g = octet_load(gradient, first, count);
        octet u = adam_average(g, unscale_of(loss_scale), mean, square, correction, (int)first,
                               count, rates);
#pragma unroll
        for (int i = 0; i < 8; i++) {
            float direction = u.v[i] + decay * p.v[i];
            params += p.v[i] * p.v[i];
            directions += direction * direction;
        }
    }
    norms_keep(params, directions, sums, shared);
}

/* parts: of the sums; 0: the ratio is 1. */
KERNEL lamb(LAMB_ARGUMENTS, int parts)
{
    __shared__ float shared[WARPS];
    float2 norm = norms_of(sums, parts, shared);
    int64 first = ITEM * 8;
    if (first >= n || !is_sound(loss, loss_scale))
        return;
    int count = octet_count(n, (int)first);
    float ratio = norm.x > 0.0f && norm.y > 0.0f ? norm.x / norm.y : 1.0f;
    const float rate = learning_rate[0] * ratio;
    octet p = octet_load(param, first, count);
    octet u = adam_direction(octet_load(mean, first, count), octet_load(square, first, count),
                             correction, epsilon);
#pragma unroll
    for (int i = 0; i < 8; i++)
        p.v[i] -= rate * (u.v[i] + decay * p.v[i]);
    octet_store(param, first, count, p);
}
