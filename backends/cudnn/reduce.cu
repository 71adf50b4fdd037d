/* reduce.cu: one number of all threads of a block, which call it together. `shared` has a place for
 * each warp. The order is fixed, and every thread gets the same bits. */

#define WARPS (GROUP / 32)

DEVICE float reduce_sum(float value, float *shared)
{
    for (int distance = 16; distance > 0; distance /= 2)
        value += __shfl_xor_sync(0xffffffffu, value, distance);
    __syncthreads(); /* what is in `shared` has been read */
    if (threadIdx.x % 32 == 0)
        shared[threadIdx.x / 32] = value;
    __syncthreads();
    value = shared[0];
    for (int warp = 1; warp < WARPS; warp++)
        value += shared[warp];
    return value;
}

/* A NaN is passed over where there is a number. */
DEVICE float reduce_max(float value, float *shared)
{
    for (int distance = 16; distance > 0; distance /= 2)
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, distance));
    __syncthreads();
    if (threadIdx.x % 32 == 0)
        shared[threadIdx.x / 32] = value;
    __syncthreads();
    value = shared[0];
    for (int warp = 1; warp < WARPS; warp++)
        value = fmaxf(value, shared[warp]);
    return value;
}
