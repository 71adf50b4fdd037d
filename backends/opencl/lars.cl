/* lars.cl: a step of sgd, scaled to the norms of parameter and gradient. Uses octet.cl, update.cl,
 * sgd.cl and norms.cl. */

/* The groups together go through the n elements. */
GROUPS_KERNEL lars_norms(OPERAND(param), OPERAND(gradient), OPERAND(loss_scale), OPERAND(sums),
                         const int n)
{
    REDUCE_LOCAL;
    float8 params = (float8)(0.0f), gradients = (float8)(0.0f);
    for (int first = get_global_id(0) * 8; first < n; first += get_global_size(0) * 8) {
        float8 p = octet_load(FLOATS(param), first, n - first);
        float8 g = octet_load(FLOATS(gradient), first, n - first) * unscale_of(FLOATS(loss_scale));
        params += p * p;
        gradients += g * g;
    }
    norms_keep(params, gradients, FLOATS(sums), reduce_values);
}

/* parts: of the sums; 0: the ratio is 1. */
GROUPS_KERNEL lars(OPERAND(param), OPERAND(gradient), OPERAND(velocity), OPERAND(learning_rate),
                   OPERAND(loss), OPERAND(loss_scale), OPERAND(sums), const int n, const int parts,
                   const float momentum, const int nesterov, const float decay, const float trust,
                   const float epsilon)
{
    REDUCE_LOCAL;
    float2 norm = norms_of(FLOATS(sums), parts, reduce_values);
    int first = (int)get_global_id(0) * 8, count = n - first;
    if (count <= 0 || !is_sound(FLOATS(loss), FLOATS(loss_scale)))
        return;
    float ratio = norm.x > 0.0f && norm.y > 0.0f
                      ? trust * norm.x / (norm.y + decay * norm.x + epsilon)
                      : 1.0f;
    float8 p = octet_load(FLOATS(param), first, count);
    float8 g = octet_load(FLOATS(gradient), first, count) * unscale_of(FLOATS(loss_scale));
    p = sgd_step(p, ratio * (g + decay * p), velocity ? FLOATS(velocity) : 0, first, count,
                 FLOATS(learning_rate)[0], momentum, nesterov);
    octet_store(p, FLOATS(param), first, count);
}
