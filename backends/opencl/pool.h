/* pool.h: launches of max_pool and avg_pool and of their gradients. */
#ifndef RN_BACKENDS_OPENCL_POOL_H
#define RN_BACKENDS_OPENCL_POOL_H

#include <stdio.h>

#include "opencl/opencl.h"

extern const char OPENCL_TEXT(pool)[];

/* The windows of most networks are compiled in. */
static inline void opencl_pool_options(const rn_pool_attrs *a, opencl_code *code)
{
    int64_t kernel = a->kernel[0], stride = a->stride[0];
    bool is_square = a->kernel[1] == kernel && a->stride[1] == stride;
    if (is_square && stride == 2 && (kernel == 2 || kernel == 3))
        snprintf(code->options, sizeof code->options, "-DKERNEL=%d -DSTRIDE=2", (int)kernel);
}

/* Adds the launch of the function that has the operator's name in `text`: an item for each element
 * of output 0, and pool.cl's parameters. */
static inline rn_status opencl_pool_add(rn_kernel *kernel, const char *text, bool is_gradient,
                                        opencl_launch **launch)
{
    const rn_pool_attrs *a = kernel->desc.attrs;
    const rn_tensor_desc *in = kernel->desc.inputs[0], *out = kernel->desc.outputs[0];
    const rn_tensor_desc *x = is_gradient ? out : in, *y = is_gradient ? in : out;
    opencl_code code = { { OPENCL_TEXT(pool), text }, "" };
    opencl_pool_options(a, &code);
    rn_status status = opencl_launch_add(kernel, &code, kernel->desc.op,
                                         kernel->desc.n_inputs + kernel->desc.n_outputs, launch);
    if (status)
        return status;
    const int64_t values[] = { shape_count(out), x->shape[2],   x->shape[3],   y->shape[2],
                               y->shape[3],      a->kernel[0],  a->kernel[1],  a->stride[0],
                               a->stride[1],     a->padding[0], a->padding[1] };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        opencl_arg_int(*launch, values[i]);
    opencl_grid_items(kernel->context, *launch, shape_count(out));
    return RN_OK;
}

#endif
