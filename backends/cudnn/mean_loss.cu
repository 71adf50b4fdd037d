/* mean_loss.cu: the mean of the rows' losses. Uses reduce.cu. */

/* Runs as a single block. */
KERNEL mean_loss(const float *losses, float *loss, int n)
{
    __shared__ float shared[WARPS];
    float sum = 0.0f;
    for (int i = threadIdx.x; i < n; i += GROUP)
        sum += losses[i];
    sum = reduce_sum(sum, shared);
    if (threadIdx.x == 0)
        loss[0] = sum / (float)n;
}
