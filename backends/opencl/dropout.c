/* dropout.c: a random share of the elements becomes 0, and the gradient through the mask. */
#include <math.h>

#include "gpu/mask.h"
#include "opencl/mask.h"

extern const char GPU_TEXT(octet)[], GPU_TEXT(random)[], GPU_TEXT(dropout)[];

/* A launch with the arguments of opencl_mask_grid; the function has the operator's name. */
static rn_status add_launch(rn_kernel *kernel, const rn_tensor_desc *image,
                            const rn_tensor_desc *mask, int32_t n_operands, gpu_launch **launch)
{
    gpu_code code = { { GPU_TEXT(octet), GPU_TEXT(random), GPU_TEXT(dropout) }, "" };
    gpu_mask_options(mask, &code);
    rn_status status = gpu_launch_add(kernel, &code, kernel->desc.op, n_operands, launch);
    if (!status)
        opencl_mask_grid(*launch, image);
    return status;
}

/* A uniform number is k / 2^24, so k >= ceil(rate * 2^24) is equivalent to number >= rate. */
static rn_status dropout_prepare(rn_kernel *kernel)
{
    const rn_dropout_attrs *a = kernel->desc.attrs;
    gpu_launch *launch;
    rn_status status = add_launch(kernel, kernel->desc.inputs[RN_DROPOUT_X],
                                  kernel->desc.outputs[RN_DROPOUT_MASK], 4, &launch);
    if (status)
        return status;
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
    rn_status status = add_launch(kernel, kernel->desc.inputs[RN_DROPOUT_GRAD_DY],
                                  kernel->desc.inputs[RN_DROPOUT_GRAD_MASK], 3, &launch);
    if (!status)
        gpu_arg_float(launch, 1 / (1 - a->rate));
    return status;
}

const gpu_operator opencl_dropout = { .images = 1u << RN_AT_DROPOUT_X | 1u << RN_AT_DROPOUT_Y,
                                      .prepare = dropout_prepare };
const gpu_operator opencl_dropout_grad = {
    .images = 1u << RN_AT_DROPOUT_GRAD_DY | 1u << RN_AT_DROPOUT_GRAD_DX, .prepare = grad_prepare
};
