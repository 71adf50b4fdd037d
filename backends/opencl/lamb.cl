/* lamb.cl: a step of Adam, scaled to the norms of parameter and direction. Uses octet.cl,
 * update.cl, adamw.cl and norms.cl. */
#define LAMB_ARGUMENTS                                                                             \
    OPERAND(param), OPERAND(gradient), OPERAND(mean), OPERAND(square), OPERAND(learning_rate),     \
        OPERAND(correction), OPERAND(loss), OPERAND(loss_scale), OPERAND(sums), const int n,       \
        const float keep_mean, const float add_mean, const float keep_square,                      \
        const float add_square, const float epsilon, const float decay

/* Adds the gradient to the averages, and sums squares; the groups together go through the n
 * elements. */
GROUPS_KERNEL lamb_norms(LAMB_ARGUMENTS)
{
    REDUCE_LOCAL;
    const adam_rates rates = { keep_mean, add_mean, keep_square, add_square, epsilon };
    float8 params = (float8)(0.0f), directions = (float8)(0.0f);
    if (!is_sound(FLOATS(loss), FLOATS(loss_scale)))
        return;
    for (int first = get_global_id(0) * 8; first < n; first += get_global_size(0) * 8) {
        float8 p = octet_load(FLOATS(param), first, n - first);
        float8 g = octet_load(FLOATS(gradient), first, n - first) * unscale_of(FLOATS(loss_scale));
        float8 u = adam_average(g, FLOATS(mean), FLOATS(square), FLOATS(correction), first,
                                n - first, rates) + decay * p;
        params += p * p;
        directions += u * u;
    }
    norms_keep(params, directions, FLOATS(sums), reduce_values);
}

/* parts: of the sums; 0: the ratio is 1. */
GROUPS_KERNEL lamb(LAMB_ARGUMENTS, const int parts)
{
    REDUCE_LOCAL;
    float2 norm = norms_of(FLOATS(sums), parts, reduce_values);
    int first = (int)get_global_id(0) * 8, count = n - first;
    if (count <= 0 || !is_sound(FLOATS(loss), FLOATS(loss_scale)))
        return;
    float ratio = norm.x > 0.0f && norm.y > 0.0f ? norm.x / norm.y : 1.0f;
    float8 p = octet_load(FLOATS(param), first, count);
    float8 u = adam_direction(octet_load(FLOATS(mean), first, count),
                              octet_load(FLOATS(square), first, count), FLOATS(correction),
                              epsilon) + decay * p;
    octet_store(p - FLOATS(learning_rate)[0] * ratio * u, FLOATS(param), first, count);
}
