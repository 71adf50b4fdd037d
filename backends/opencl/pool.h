/* pool.h: launches of max_pool and avg_pool and of their gradients. */
#ifndef RN_BACKENDS_OPENCL_POOL_H
#define RN_BACKENDS_OPENCL_POOL_H

#include <stdio.h>

#include "gpu/pool.h"
#include "opencl/opencl.h"

extern const char GPU_TEXT(pool)[], GPU_TEXT(octet)[];

/* Adds the launch of the function that has the operator's name in `text`: an item for each element
 * of output 0, or for eight of a row, and pool.cl's parameters. `octets`, where it is not empty, is
 * the option for the latter; processors take it where the windows are known. */
static inline rn_status opencl_pool_add(rn_kernel *kernel, const char *text, const char *octets,
                                        bool is_gradient, gpu_launch **launch)
{
    const rn_pool_attrs *a = kernel->desc.attrs;
    const gpu_pool images = gpu_pool_of(kernel, is_gradient);
    const rn_tensor_desc *out = kernel->desc.outputs[0];
    gpu_code code = { { GPU_TEXT(pool), GPU_TEXT(octet), text }, "" };
    const bool is_known = gpu_pool_is_known(a);
    const bool by_octets = is_known && *octets && kernel->context->limits.is_cpu;
    const int64_t items = by_octets
                              ? shape_count(out) / out->shape[3] * shape_divide_up(out->shape[3], 8)
                              : shape_count(out);
    if (is_known)
        snprintf(code.options, sizeof code.options, "-DKERNEL=%d -DSTRIDE=2%s", (int)a->kernel[0],
                 by_octets ? octets : "");
    rn_status status = gpu_launch_add(kernel, &code, kernel->desc.op,
                                      kernel->desc.n_inputs + kernel->desc.n_outputs, launch);
    if (status)
        return status;
    gpu_arg_int(*launch, items);
    gpu_pool_args(kernel, images, *launch);
    gpu_grid_items(*launch, items);
    return RN_OK;
}

#endif
