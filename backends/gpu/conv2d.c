/* conv2d.c: the shape of a convolution, from its operator. */
#include "gpu/conv2d.h"

#include "base/shape.h"

gpu_convolution gpu_convolution_of(const rn_kernel *kernel)
{
    const conv2d_pass pass = conv2d_pass_of(kernel->desc.op);
    const conv2d_operands at = conv2d_operands_of(kernel->desc.op);
    const rn_tensor_desc *const *t = kernel->described->operands;
    const rn_conv2d_attrs *a = kernel->desc.attrs;
    const shape_image x = shape_of_image(t[at.x]), y = shape_of_image(t[at.y]);
    const bool forward = pass == CONV2D_FORWARD;
    return (gpu_convolution){
        .pass = pass,
        .at = at,
        .n = x.n,
        .c = x.c,
        .h = x.h,
        .w = x.w,
        .k = y.c,
        .r = a->kernel[0],
        .s = a->kernel[1],
        .p = y.h,
        .q = y.w,
        .groups = a->groups,
        .stride = { a->stride[0], a->stride[1] },
        .padding = { a->padding[0], a->padding[1] },
        .dilation = { a->dilation[0], a->dilation[1] },
        .has_bias = forward && t[at.bias],
        .has_z = forward && t[at.z],
        .relu = forward && (a->epilogue & RN_EPILOGUE_RELU),
        .sums = pass == CONV2D_GRAD_INPUT && at.z >= 0,
        .has_dbias = pass == CONV2D_GRAD_WEIGHT && t[at.bias],
    };
}
