/* relu.c: relu with its mask, and the gradient through the mask. */
#include "cudnn/mask.h"

extern const char CUDNN_TEXT(relu)[];

static rn_status add_launch(rn_kernel *kernel, const char *function, const rn_tensor_desc *mask)
{
    int64_t n = shape_count(kernel->desc.inputs[0]);
    cudnn_code code = { { CUDNN_TEXT(relu) }, "" };
    cudnn_launch *launch;
    cudnn_mask_options(mask, &code);
    rn_status status = cudnn_launch_add(kernel, &code, function, 3, &launch);
    if (status)
        return status;
    cudnn_arg_long(launch, n);
    cudnn_grid_items(launch, shape_divide_up(n, 8));
    return RN_OK;
}

static rn_status relu_prepare(rn_kernel *kernel)
{
    return add_launch(kernel, "relu", kernel->desc.outputs[1]);
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    return add_launch(kernel, "relu_grad", kernel->desc.inputs[1]);
}

const cudnn_operator cudnn_relu = { .name = "relu", .images = 3, .prepare = relu_prepare };
const cudnn_operator cudnn_relu_grad = { .name = "relu_grad",
                                         .images = 5,
                                         .prepare = grad_prepare };
