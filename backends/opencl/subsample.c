/* subsample.c: every stride-th pixel with channels of zeros around, and its gradient. */
#include "opencl/opencl.h"

extern const char GPU_TEXT(subsample)[];

/* One work-item for each element of `result`, which is y, or dx in the gradient. The function has
 * the operator's name. */
static rn_status add_launch(rn_kernel *kernel, const rn_tensor_desc *x, const rn_tensor_desc *y,
                            const rn_tensor_desc *result)
{
    const rn_subsample_attrs *a = kernel->desc.attrs;
    const int64_t n = shape_count(result);
    const gpu_code code = { { GPU_TEXT(subsample) }, "" };
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, kernel->desc.op, 2, &launch);
    if (status)
        return status;
    const int64_t values[] = { n,           x->shape[1],        x->shape[2],
                               x->shape[3], y->shape[1],        y->shape[2],
                               y->shape[3], a->channels_before, a->stride[0],
                               a->stride[1] };
    /* A stride beyond every image is as good as INT32_MAX. */
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        gpu_arg_int(launch, values[i] < INT32_MAX ? values[i] : INT32_MAX);
    gpu_grid_items(launch, n);
    return RN_OK;
}

static rn_status take_prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *y = kernel->desc.outputs[RN_SUBSAMPLE_Y];
    return add_launch(kernel, kernel->desc.inputs[RN_SUBSAMPLE_X], y, y);
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *dx = kernel->desc.outputs[RN_SUBSAMPLE_GRAD_DX];
    return add_launch(kernel, dx, kernel->desc.inputs[RN_SUBSAMPLE_GRAD_DY], dx);
}

const gpu_operator opencl_subsample = { .images = 1u << RN_AT_SUBSAMPLE_X | 1u << RN_AT_SUBSAMPLE_Y,
                                        .prepare = take_prepare };
const gpu_operator opencl_subsample_grad = {
    .images = 1u << RN_AT_SUBSAMPLE_GRAD_DY | 1u << RN_AT_SUBSAMPLE_GRAD_DX, .prepare = grad_prepare
};
