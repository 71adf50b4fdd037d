/* soft_cross_entropy.cu: the loss of each row, from targets instead of a label, and the gradient.
 * Uses reduce.cu and softmax.cu. */

/* share, even: a target is share * what is given + even, with label smoothing. */
KERNEL soft_cross_entropy(const float *logits, const float *targets, float *losses,
                          float *probabilities, int classes, float share, float even)
{
    __shared__ float shared[WARPS];
    const float *x = logits + (int64)blockIdx.x * classes;
    const float *t = targets + (int64)blockIdx.x * classes;
    float *p = probabilities + (int64)blockIdx.x * classes;
    softmax_row row = softmax_row_of(x, classes, shared);
    float log_sum = logf(row.sum), loss = 0.0f;
    for (int k = threadIdx.x; k < classes; k += GROUP) {
        float above = x[k] - row.maximum;
        loss -= (share * t[k] + even) * (above - log_sum);
        p[k] = expf(above) / row.sum;
    }
    loss = reduce_sum(loss, shared);
    if (threadIdx.x == 0)
        losses[blockIdx.x] = loss;
}

/* One block per row; loss_scale may be absent. */
KERNEL soft_cross_entropy_grad(const float *probabilities, const float *targets,
                               const float *loss_scale, float *dlogits, int rows, int classes,
                               float share, float even)
{
    __shared__ float shared[WARPS];
    const float *p = probabilities + (int64)blockIdx.x * classes;
    const float *t = targets + (int64)blockIdx.x * classes;
    float *dx = dlogits + (int64)blockIdx.x * classes;
    float scale = loss_scale ? loss_scale[0] : 1.0f, sum = 0.0f;
    for (int k = threadIdx.x; k < classes; k += GROUP)
        sum += share * t[k] + even;
    sum = reduce_sum(sum, shared);
    for (int k = threadIdx.x; k < classes; k += GROUP)
        dx[k] = (p[k] * sum - (share * t[k] + even)) / (float)rows * scale;
}
