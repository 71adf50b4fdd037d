/* pool.c: the windows of pools as arguments of kernels. */
#include "gpu/pool.h"

bool gpu_pool_is_known(const rn_pool_attrs *a)
{
    return a->kernel[0] == a->kernel[1] && a->stride[0] == 2 && a->stride[1] == 2 &&
           (a->kernel[0] == 2 || a->kernel[0] == 3);
}

/* Pools and their gradients have x and dx, and y and dy, in the same slots. */
gpu_pool gpu_pool_of(const rn_kernel *kernel, bool is_gradient)
{
    const rn_tensor_desc *in = kernel->desc.inputs[0], *out = kernel->desc.outputs[0];
    return is_gradient ? (gpu_pool){ .x = out, .y = in } : (gpu_pool){ .x = in, .y = out };
}

/* A stride larger than any image is equivalent to INT32_MAX. */
void gpu_pool_args(const rn_kernel *kernel, gpu_pool images, gpu_launch *launch)
{
    const rn_pool_attrs *a = kernel->desc.attrs;
    const rn_tensor_desc *x = images.x, *y = images.y;
    const int64_t values[] = { x->shape[2],   x->shape[3],  y->shape[2],  y->shape[3],
                               a->kernel[0],  a->kernel[1], a->stride[0], a->stride[1],
                               a->padding[0], a->padding[1] };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        gpu_arg_int(launch, values[i] < INT32_MAX ? values[i] : INT32_MAX);
}
