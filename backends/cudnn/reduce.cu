/* reduce.cu: reductions over all threads of a block, each of which must call them. `shared` holds
 * one number per warp. The order is fixed, and every thread gets the same bits. */

#define WARPS (GROUP / 32)

DEVICE float reduce_sum(float value, float *shared)
{
    for (int distance = 16; distance > 0; distance /= 2)
        value += __shfl_xor_sync(0xffffffffu, value, distance);
    __syncthreads(); /* `shared` may be overwritten */
    if (threadIdx.x % 32 == 0)
        shared[threadIdx.x / 32] = value;
    __syncthreads();
    value = shared[0];
    for (int warp = 1; warp < WARPS; warp++)
        value += shared[warp];
    return value;
}

/* Ignores NaN if there is a number. */
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
