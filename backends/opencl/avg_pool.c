/* avg_pool.c: the mean of each window, and the gradient, which is shared out over it. */
#include "opencl/pool.h"

extern const char GPU_TEXT(avg_pool)[];

static rn_status add_launch(rn_kernel *kernel, bool is_gradient)
{
    const rn_pool_attrs *a = kernel->desc.attrs;
    gpu_launch *launch;
    rn_status status = opencl_pool_add(kernel, GPU_TEXT(avg_pool), "", is_gradient, &launch);
    if (!status)
        gpu_arg_int(launch, a->exclude_padding);
    return status;
}

static rn_status pool_prepare(rn_kernel *kernel)
{
    return add_launch(kernel, false);
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    return add_launch(kernel, true);
}

const gpu_operator opencl_avg_pool = { .images = 1u << RN_AT_AVG_POOL_X | 1u << RN_AT_AVG_POOL_Y,
                                       .prepare = pool_prepare };
const gpu_operator opencl_avg_pool_grad = {
    .images = 1u << RN_AT_AVG_POOL_GRAD_DY | 1u << RN_AT_AVG_POOL_GRAD_DX, .prepare = grad_prepare
};
