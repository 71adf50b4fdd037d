/* soft_cross_entropy.cl: the loss of each row, from targets instead of a label, and the gradient.
 * Uses reduce.cl and softmax.cl. */

/* share, even: a target is share * what is given + even, with label smoothing. */
GROUPS_KERNEL soft_cross_entropy(OPERAND(logits), OPERAND(targets), OPERAND(losses),
                                 OPERAND(probabilities), const int classes, const float share,
                                 const float even)
{
    REDUCE_LOCAL;
    __global const float *x = FLOATS(logits) + get_group_id(0) * classes;
    __global const float *t = FLOATS(targets) + get_group_id(0) * classes;
    __global float *p = FLOATS(probabilities) + get_group_id(0) * classes;
    softmax_row row = SOFTMAX_ROW(x, classes);
    float log_sum = log(row.sum), loss = 0.0f;
    for (int k = get_local_id(0); k < classes; k += GROUP) {
        float above = x[k] - row.maximum;
        loss -= (share * t[k] + even) * (above - log_sum);
        p[k] = exp(above) / row.sum;
    }
    loss = REDUCE_SUM(loss);
    if (get_local_id(0) == 0)
        FLOATS(losses)[get_group_id(0)] = loss;
}

/* One group per row; loss_scale may be absent. */
GROUPS_KERNEL soft_cross_entropy_grad(OPERAND(probabilities), OPERAND(targets), OPERAND(loss_scale),
                                      OPERAND(dlogits), const int rows, const int classes,
                                      const float share, const float even)
{
    REDUCE_LOCAL;
    __global const float *p = FLOATS(probabilities) + get_group_id(0) * classes;
    __global const float *t = FLOATS(targets) + get_group_id(0) * classes;
    __global float *dx = FLOATS(dlogits) + get_group_id(0) * classes;
    float scale = loss_scale ? FLOATS(loss_scale)[0] : 1.0f, sum = 0.0f;
    for (int k = get_local_id(0); k < classes; k += GROUP)
        sum += share * t[k] + even;
    sum = REDUCE_SUM(sum);
    for (int k = get_local_id(0); k < classes; k += GROUP)
        dx[k] = (p[k] * sum - (share * t[k] + even)) / rows * scale;
}
