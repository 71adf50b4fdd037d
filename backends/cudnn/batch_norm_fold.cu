/* batch_norm_fold.cu: folds a batch norm into the weight and the bias of the convolution before
 * it. One block per output channel; size: elements of its weight. */
KERNEL batch_norm_fold(const float *weight, const float *bias, const float *gamma,
                       const float *beta, const float *running_mean, const float *running_var,
                       float *weight_out, float *bias_out, const int64 size, const float epsilon)
{
    int64 k = blockIdx.x;
    float scale = gamma[k] / sqrtf(running_var[k] + epsilon);
    for (int64 i = threadIdx.x; i < size; i += GROUP)
        weight_out[k * size + i] = weight[k * size + i] * scale;
    if (threadIdx.x == 0) {
        float before = bias ? bias[k] : 0.0f;
        bias_out[k] = beta[k] + (before - running_mean[k]) * scale;
    }
}
