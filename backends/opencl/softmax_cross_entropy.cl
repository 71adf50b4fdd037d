/* softmax_cross_entropy.cl: the loss of each row, and the gradient. Uses reduce.cl and
 * softmax.cl. */

/* on, off: the targets of the label's class and of the other classes. The loss of a label that is
 * no class is NaN. */
GROUPS_KERNEL softmax_cross_entropy(OPERAND(logits), OPERAND(labels), OPERAND(losses),
                                    OPERAND(probabilities), const int classes, const float on,
                                    const float off)
{
    REDUCE_LOCAL;
    __global const float *x = FLOATS(logits) + get_group_id(0) * classes;
    __global float *p = FLOATS(probabilities) + get_group_id(0) * classes;
    int label = AT(int, labels)[get_group_id(0)];
    softmax_row row = SOFTMAX_ROW(x, classes);
    float log_sum = log(row.sum), loss = 0.0f;
    for (int k = get_local_id(0); k < classes; k += GROUP) {
        float above = x[k] - row.maximum;
        loss -= (k == label ? on : off) * (above - log_sum);
        p[k] = exp(above) / row.sum;
    }
    loss = REDUCE_SUM(loss);
    if (get_local_id(0) == 0)
        FLOATS(losses)[get_group_id(0)] = label < 0 || label >= classes ? NAN : loss;
}

/* Each item computes one element; loss_scale may be absent. */
ITEMS_KERNEL softmax_cross_entropy_grad(OPERAND(probabilities), OPERAND(labels),
                                        OPERAND(loss_scale), OPERAND(dlogits), const int rows,
                                        const int classes, const float on, const float off)
{
    int i = get_global_id(0);
    if (i >= rows * classes)
        return;
    float target = i % classes == AT(int, labels)[i / classes] ? on : off;
    float scale = loss_scale ? FLOATS(loss_scale)[0] : 1.0f;
    FLOATS(dlogits)[i] = (FLOATS(probabilities)[i] - target) / rows * scale;
}
