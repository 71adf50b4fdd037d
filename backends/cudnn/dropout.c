/* dropout.c: sets a random share of the elements to 0, and its gradient, by the mask. */
#include <math.h>

#include "cudnn/cudnn.h"
#include "gpu/mask.h"

extern const char GPU_TEXT(random)[], GPU_TEXT(dropout)[];

/* Adds a launch of the function named after the operator; its first argument is the number of
 * elements. */
static rn_status add_launch(rn_kernel *kernel, const rn_tensor_desc *mask, int32_t n_operands,
                            gpu_launch **launch)
{
    int64_t n = shape_count(kernel->desc.inputs[0]); /* x, or dy */
    gpu_code code = { { GPU_TEXT(random), GPU_TEXT(dropout) }, "" };
    gpu_mask_options(mask, &code);
    rn_status status = gpu_launch_add(kernel, &code, kernel->desc.op, n_operands, launch);
    if (status)
        return status;
    gpu_arg_long(*launch, n);
    gpu_grid_items(*launch, shape_divide_up(n, 8));
    return RN_OK;
}

/* A uniform number is k / 2^24, so k >= ceil(rate * 2^24) is equivalent to number >= rate. */
static rn_status dropout_prepare(rn_kernel *kernel)
{
    const rn_dropout_attrs *a = kernel->desc.attrs;
    const rn_tensor_desc *x = kernel->desc.inputs[RN_DROPOUT_X];
    gpu_launch *launch;
    rn_status status = add_launch(kernel, kernel->desc.outputs[RN_DROPOUT_MASK], 4, &launch);
    if (status)
        return status;
    const shape_image image = shape_of_image(x);
    gpu_arg_int(launch, image.c);
    gpu_arg_int(launch, image.h * image.w);
    gpu_arg_long(launch, a->first_element);
    gpu_arg_int(launch, (int32_t)a->stream);
    gpu_arg_int(launch, (int64_t)ceil(a->rate * 16777216));
    gpu_arg_float(launch, 1 / (1 - a->rate));
    return RN_OK;
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    const rn_dropout_attrs *a = kernel->desc.attrs;
    gpu_launch *launch;
    rn_status status = add_launch(kernel, kernel->desc.inputs[RN_DROPOUT_GRAD_MASK], 3, &launch);
    if (!status)
        gpu_arg_float(launch, 1 / (1 - a->rate));
    return status;
}

const gpu_operator cudnn_dropout = { .images = 1u << RN_AT_DROPOUT_X | 1u << RN_AT_DROPOUT_Y,
                                     .prepare = dropout_prepare };
const gpu_operator cudnn_dropout_grad = {
    .images = 1u << RN_AT_DROPOUT_GRAD_DY | 1u << RN_AT_DROPOUT_GRAD_DX, .prepare = grad_prepare
};
