/* global_avg_pool.c: the mean of each plane, and its gradient. */
#include "opencl/plane_sum.h"

extern const char GPU_TEXT(octet)[], GPU_TEXT(plane_sum)[], GPU_TEXT(global_avg_pool)[];

/* The function has the operator's name; `n` counts the planes or pixels of `image`. */
static rn_status add_launch(rn_kernel *kernel, const rn_tensor_desc *image, int64_t n,
                            int64_t items)
{
    gpu_code code = { { GPU_TEXT(octet), GPU_TEXT(plane_sum), GPU_TEXT(global_avg_pool) }, "" };
    gpu_launch *launch;
    opencl_plane_options(kernel->context, &code);
    rn_status status = gpu_launch_add(kernel, &code, kernel->desc.op, 2, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, n);
    gpu_arg_int(launch, shape_plane_size(image));
    gpu_grid_items(launch, items);
    return RN_OK;
}

static rn_status pool_prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *x = kernel->desc.inputs[RN_GLOBAL_AVG_POOL_X];
    int64_t planes = shape_plane_count(x);
    return add_launch(kernel, x, planes, planes * opencl_plane_share(kernel->context));
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *dx = kernel->desc.outputs[RN_GLOBAL_AVG_POOL_GRAD_DX];
    return add_launch(kernel, dx, shape_count(dx), shape_count(dx));
}

const gpu_operator opencl_global_avg_pool = {
    .images = 1u << RN_AT_GLOBAL_AVG_POOL_X | 1u << RN_AT_GLOBAL_AVG_POOL_Y, .prepare = pool_prepare
};
const gpu_operator opencl_global_avg_pool_grad = { .images = 1u << RN_AT_GLOBAL_AVG_POOL_GRAD_DY |
                                                             1u << RN_AT_GLOBAL_AVG_POOL_GRAD_DX,
                                                   .prepare = grad_prepare };
