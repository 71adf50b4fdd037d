/* square_sum.cu: the sum of the squares of several tensors. Uses joint.cu and reduce.cu. */

/* A tensor's blocks together go through it; each keeps its sum. */
KERNEL square_sum_parts(float *x, float *sums, const joint_table joint)
{
    __shared__ float shared[WARPS];
    int i = joint_tensor(&joint), begin = joint.begin[i], n = joint.count[i];
    int end = i + 1 < joint.n ? joint.begin[i + 1] : (int)gridDim.x;
    const float *values = joint_floats(x, &joint, 0, i);
    float sum = 0.0f;
    for (int64 first = ((int64)((int)blockIdx.x - begin) * GROUP + threadIdx.x) * 8; first < n;
         first += (int64)(end - begin) * GROUP * 8) {
        octet o = octet_load(values, first, octet_count(n, (int)first));
#pragma unroll
        for (int k = 0; k < 8; k++)
            sum += o.v[k] * o.v[k];
    }
    sum = reduce_sum(sum, shared);
    if (threadIdx.x == 0)
        sums[blockIdx.x] = sum;
}

/* Runs as a single block: adds n sums to the total. */
KERNEL square_sum(float *total, const float *sums, int n)
{
    __shared__ float shared[WARPS];
    float sum = 0.0f;
    for (int i = threadIdx.x; i < n; i += GROUP)
        sum += sums[i];
    sum = reduce_sum(sum, shared);
    if (threadIdx.x == 0)
        total[0] += sum;
}
