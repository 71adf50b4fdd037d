/* max_pool.c: the largest pixel of each window, and the gradient, which goes to it. */
#include "opencl/pool.h"

extern const char GPU_TEXT(max_pool)[];

enum { MAX_TAPS = 256 }; /* an index is one byte */

static rn_status query(const rn_kernel *kernel, rn_op_answer *answer)
{
    (void)answer;
    const rn_pool_attrs *a = kernel->desc.attrs;
    if (kernel->desc.outputs[RN_MAX_POOL_INDEX] && a->kernel[0] * a->kernel[1] > MAX_TAPS)
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "max_pool: a window of %lld x %lld has more "
                              "than the %d pixels that an index can tell apart",
                              (long long)a->kernel[0], (long long)a->kernel[1], MAX_TAPS);
    return RN_OK;
}

static rn_status pool_prepare(rn_kernel *kernel)
{
    gpu_launch *launch;
    return opencl_pool_add(kernel, GPU_TEXT(max_pool), " -DOCTETS", false, &launch);
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    gpu_launch *launch;
    return opencl_pool_add(kernel, GPU_TEXT(max_pool), " -DOCTETS", true, &launch);
}

const gpu_operator opencl_max_pool = { .images = 1u << RN_AT_MAX_POOL_X | 1u << RN_AT_MAX_POOL_Y,
                                       .query = query,
                                       .prepare = pool_prepare };
const gpu_operator opencl_max_pool_grad = {
    .images = 1u << RN_AT_MAX_POOL_GRAD_DY | 1u << RN_AT_MAX_POOL_GRAD_DX, .prepare = grad_prepare
};
