/* relu.c: relu with its mask, and its gradient, by the mask. */
#include "cudnn/cudnn.h"
#include "gpu/mask.h"

extern const char GPU_TEXT(relu)[];

static rn_status add_launch(rn_kernel *kernel, const char *function, const rn_tensor_desc *mask)
{
    int64_t n = shape_count(kernel->desc.inputs[0]); /* x, or dy */
    gpu_code code = { { GPU_TEXT(relu) }, "" };
    gpu_launch *launch;
    gpu_mask_options(mask, &code);
    rn_status status = gpu_launch_add(kernel, &code, function, 3, &launch);
    if (status)
        return status;
    gpu_arg_long(launch, n);
    gpu_grid_items(launch, shape_divide_up(n, 8));
    return RN_OK;
}

static rn_status relu_prepare(rn_kernel *kernel)
{
    return add_launch(kernel, "relu", kernel->desc.outputs[RN_RELU_MASK]);
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    return add_launch(kernel, "relu_grad", kernel->desc.inputs[RN_RELU_GRAD_MASK]);
}

const gpu_operator cudnn_relu = { .images = 1u << RN_AT_RELU_X | 1u << RN_AT_RELU_Y,
                                  .prepare = relu_prepare };
const gpu_operator cudnn_relu_grad = { .images =
                                           1u << RN_AT_RELU_GRAD_DY | 1u << RN_AT_RELU_GRAD_DX,
                                       .prepare = grad_prepare };
