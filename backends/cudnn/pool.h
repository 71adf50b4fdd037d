/* pool.h: launches of max_pool and avg_pool and of their gradients. */
#ifndef RN_BACKENDS_CUDNN_POOL_H
#define RN_BACKENDS_CUDNN_POOL_H

#include "cudnn/vector.h"

extern const char GPU_TEXT(pool)[];

/* The windows of most networks, 2x2 or 3x3 with stride 2, are compile-time constants, so that all
 * loads of a window are in flight at once. */
static inline bool cudnn_pool_is_known(const rn_pool_attrs *a)
{
    return a->kernel[0] == a->kernel[1] && a->stride[0] == 2 && a->stride[1] == 2 &&
           (a->kernel[0] == 2 || a->kernel[0] == 3);
}

/* Adds a launch of the function in `text` that is named after the operator, with one thread per
 * vector of output 0 and pool.cu's parameters. */
static inline rn_status cudnn_pool_add(rn_kernel *kernel, const char *text, bool is_gradient,
                                       gpu_launch **launch)
{
    const rn_pool_attrs *a = kernel->desc.attrs;
    const rn_tensor_desc *in = kernel->desc.inputs[0], *out = kernel->desc.outputs[0];
    const rn_tensor_desc *x = is_gradient ? out : in, *y = is_gradient ? in : out;
    const int32_t vector = cudnn_channel_vector(kernel, x->shape[1]);
    const int64_t items = shape_count(out) / vector;
    gpu_code code = { { GPU_TEXT(pool), text }, "" };
    if (cudnn_pool_is_known(a))
        snprintf(code.options, sizeof code.options, "-DKERNEL_SIZE=%d -DSTRIDE=2",
                 (int)a->kernel[0]);
    cudnn_vector_option(vector, &code);
    rn_status status = gpu_launch_add(kernel, &code, kernel->desc.op,
                                      kernel->desc.n_inputs + kernel->desc.n_outputs, launch);
    if (status)
        return status;
    /* A stride larger than any image is equivalent to INT32_MAX. */
    const int64_t values[] = { kernel->is_opaque ? x->shape[1] / vector : 1,
                               x->shape[2],
                               x->shape[3],
                               y->shape[2],
                               y->shape[3],
                               a->kernel[0],
                               a->kernel[1],
                               a->stride[0],
                               a->stride[1],
                               a->padding[0],
                               a->padding[1] };
    gpu_arg_int(*launch, items);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        gpu_arg_int(*launch, values[i] < INT32_MAX ? values[i] : INT32_MAX);
    gpu_grid_items(*launch, items);
    return RN_OK;
}

#endif
