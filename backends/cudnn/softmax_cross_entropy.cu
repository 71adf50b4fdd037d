/* softmax_cross_entropy.cu: the loss of each row, and the gradient. Uses reduce.cu and
 * softmax.cu. */

/* on, off: the targets of the label's class and of the other classes. The loss of a label that is
 * no class is NaN. */
KERNEL softmax_cross_entropy(const float *logits, const int *labels, float *losses,
                             float *probabilities, int classes, float on, float off)
{
    __shared__ float shared[WARPS];
    const float *x = logits + (int64)blockIdx.x * classes;
    float *p = probabilities + (int64)blockIdx.x * classes;
    const int label = labels[blockIdx.x];
    softmax_row row = softmax_row_of(x, classes, shared);
    float log_sum = logf(row.sum), loss = 0.0f;
    for (int k = threadIdx.x; k < classes; k += GROUP) {
        float above = x[k] - row.maximum;
        loss -= (k == label ? on : off) * (above - log_sum);
        p[k] = expf(above) / row.sum;
    }
    loss = reduce_sum(loss, shared);
    if (threadIdx.x == 0)
        losses[blockIdx.x] = label < 0 || label >= classes ? __int_as_float(0x7fc00000) : loss;
}

/* Each thread computes one element; loss_scale may be absent. */
KERNEL softmax_cross_entropy_grad(const float *probabilities, const int *labels,
                                  const float *loss_scale, float *dlogits, int rows, int classes,
                                  float on, float off)
{
    if (ITEM >= (int64)rows * classes)
        return;
    float target = ITEM % classes == labels[ITEM / classes] ? on : off;
    float scale = loss_scale ? loss_scale[0] : 1.0f;
    dlogits[ITEM] = (probabilities[ITEM] - target) / (float)rows * scale;
}
