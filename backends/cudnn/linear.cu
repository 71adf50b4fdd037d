/* linear.cu: the parts of linear that cuBLAS does not do: the bias, and its gradient. */

/* Initialises y with the bias; one element per thread. */
KERNEL linear_bias(const float *bias, float *y, int n, int k)
{
    if (ITEM < (int64)n * k)
        y[ITEM] = bias[ITEM % k];
}

/* Sums over the batch; each block handles 32 columns, whose rows its warps share. */
KERNEL linear_grad_bias(const float *dy, float *dbias, int n, int k)
{
    __shared__ float sums[GROUP];
    const int64 column = (int64)blockIdx.x * 32 + threadIdx.x % 32;
    float sum = 0.0f;
#pragma unroll 4
    for (int row = threadIdx.x / 32; column < k && row < n; row += GROUP / 32)
        sum += dy[(int64)row * k + column];
    sums[threadIdx.x] = sum;
    for (int half_way = GROUP / 2; half_way >= 32; half_way /= 2) {
        __syncthreads();
        if (threadIdx.x < half_way)
            sums[threadIdx.x] += sums[threadIdx.x + half_way];
    }
    if (threadIdx.x < 32 && column < k)
        dbias[column] = sums[threadIdx.x];
}
