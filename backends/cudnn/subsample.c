/* subsample.c: every stride-th pixel, with zero channels before and after, and its gradient. */
#include "cudnn/vector.h"

extern const char GPU_TEXT(subsample)[];

/* 8 if the channels of x and y and the zero channels before are multiples of 8, else 1. */
static int32_t vector_of(const rn_kernel *kernel, const rn_tensor_desc *x, const rn_tensor_desc *y)
{
    const rn_subsample_attrs *a = kernel->desc.attrs;
    int64_t together = x->shape[1] | y->shape[1] | a->channels_before;
    return cudnn_channel_vector(kernel, together);
}

/* Adds a launch of the function named after the operator, with one thread per vector of output 0.
 */
static rn_status add_launch(rn_kernel *kernel, const rn_tensor_desc *x, const rn_tensor_desc *y)
{
    const rn_subsample_attrs *a = kernel->desc.attrs;
    const int32_t vector = vector_of(kernel, x, y);
    const int64_t items = shape_count(kernel->desc.outputs[0]) / vector;
    gpu_code code = { { GPU_TEXT(subsample) }, "" };
    gpu_launch *launch;
    cudnn_vector_option(vector, &code);
    rn_status status = gpu_launch_add(kernel, &code, kernel->desc.op, 2, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, items);
    const int64_t values[] = { x->shape[1] / vector,        x->shape[2],  x->shape[3],
                               y->shape[1] / vector,        y->shape[2],  y->shape[3],
                               a->channels_before / vector, a->stride[0], a->stride[1] };
    /* A stride larger than any image is equivalent to INT32_MAX. */
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        gpu_arg_int(launch, values[i] < INT32_MAX ? values[i] : INT32_MAX);
    gpu_grid_items(launch, items);
    return RN_OK;
}

static rn_status take_prepare(rn_kernel *kernel)
{
    return add_launch(kernel, kernel->desc.inputs[RN_SUBSAMPLE_X],
                      kernel->desc.outputs[RN_SUBSAMPLE_Y]);
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    return add_launch(kernel, kernel->desc.outputs[RN_SUBSAMPLE_GRAD_DX],
                      kernel->desc.inputs[RN_SUBSAMPLE_GRAD_DY]);
}

const gpu_operator cudnn_subsample = { .images = 1u << RN_AT_SUBSAMPLE_X | 1u << RN_AT_SUBSAMPLE_Y,
                                       .prepare = take_prepare };
const gpu_operator cudnn_subsample_grad = {
    .images = 1u << RN_AT_SUBSAMPLE_GRAD_DY | 1u << RN_AT_SUBSAMPLE_GRAD_DX, .prepare = grad_prepare
};
