/* batch_norm_fold.cl: folds a batch norm into the weight and the bias of the convolution before
 * it. */

/* One group per output channel; size: elements of its weight. */
GROUPS_KERNEL batch_norm_fold(OPERAND(weight), OPERAND(bias), OPERAND(gamma), OPERAND(beta),
                              OPERAND(running_mean), OPERAND(running_var), OPERAND(weight_out),
                              OPERAND(bias_out), const int size, const int has_bias,
                              const float epsilon)
{
    int k = get_group_id(0);
    float scale = FLOATS(gamma)[k] / sqrt(FLOATS(running_var)[k] + epsilon);
    for (int i = get_local_id(0); i < size; i += GROUP)
        FLOATS(weight_out)[k * size + i] = FLOATS(weight)[k * size + i] * scale;
    if (get_local_id(0) == 0) {
        float before = has_bias ? FLOATS(bias)[k] : 0.0f;
        FLOATS(bias_out)[k] = FLOATS(beta)[k] + (before - FLOATS(running_mean)[k]) * scale;
    }
}
