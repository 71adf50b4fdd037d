/* relu.c: relu with its mask, and the gradient through the mask. */
#include "gpu/mask.h"
#include "opencl/mask.h"

extern const char GPU_TEXT(octet)[], GPU_TEXT(relu)[];

static rn_status add_launch(rn_kernel *kernel, const char *function, const rn_tensor_desc *image,
                            const rn_tensor_desc *mask)
{
    gpu_code code = { { GPU_TEXT(octet), GPU_TEXT(relu) }, "" };
    gpu_launch *launch;
    gpu_mask_options(mask, &code);
    rn_status status = gpu_launch_add(kernel, &code, function, 3, &launch);
    if (!status)
        opencl_mask_grid(launch, image);
    return status;
}

static rn_status relu_prepare(rn_kernel *kernel)
{
    return add_launch(kernel, "relu", kernel->desc.inputs[RN_RELU_X],
                      kernel->desc.outputs[RN_RELU_MASK]);
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    return add_launch(kernel, "relu_grad", kernel->desc.inputs[RN_RELU_GRAD_DY],
                      kernel->desc.inputs[RN_RELU_GRAD_MASK]);
}

const gpu_operator opencl_relu = { .images = 1u << RN_AT_RELU_X | 1u << RN_AT_RELU_Y,
                                   .prepare = relu_prepare };
const gpu_operator opencl_relu_grad = { .images =
                                            1u << RN_AT_RELU_GRAD_DY | 1u << RN_AT_RELU_GRAD_DX,
                                        .prepare = grad_prepare };
