/* global_avg_pool.c: the mean of each plane, and its gradient. */
#include <stdio.h>

#include "opencl/opencl.h"

extern const char OPENCL_TEXT(octet)[], OPENCL_TEXT(global_avg_pool)[];

/* Enough items that a batch of one fills a GPU; the items of a small plane are not all used. */
static int32_t share_of(const rn_context *context)
{
    if (context->limits.is_cpu)
        return 1;
    return context->group < 32 ? context->group : 32;
}

static rn_status add_launch(rn_kernel *kernel, const char *function, opencl_launch **launch)
{
    opencl_code code = { { OPENCL_TEXT(octet), OPENCL_TEXT(global_avg_pool) }, "" };
    snprintf(code.options, sizeof code.options, "-DSHARE=%d", (int)share_of(kernel->context));
    return opencl_launch_add(kernel, &code, function, 2, launch);
}

static rn_status pool_prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *x = kernel->desc.inputs[0];
    opencl_launch *launch;
    rn_status status = add_launch(kernel, "global_avg_pool", &launch);
    if (status)
        return status;
    opencl_arg_int(launch, shape_plane_count(x));
    opencl_arg_int(launch, shape_plane_size(x));
    opencl_grid_items(kernel->context, launch,
                      shape_plane_count(x) * share_of(kernel->context));
    return RN_OK;
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *dx = kernel->desc.outputs[0];
    opencl_launch *launch;
    rn_status status = add_launch(kernel, "global_avg_pool_grad", &launch);
    if (status)
        return status;
    opencl_arg_int(launch, shape_count(dx));
    opencl_arg_int(launch, shape_plane_size(dx));
    opencl_grid_items(kernel->context, launch, shape_count(dx));
    return RN_OK;
}

const opencl_operator opencl_global_avg_pool = { .name = "global_avg_pool", .images = 3,
                                                 .prepare = pool_prepare };
const opencl_operator opencl_global_avg_pool_grad = { .name = "global_avg_pool_grad",
                                                      .images = 3, .prepare = grad_prepare };
