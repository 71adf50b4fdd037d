/* pool.h: launches of max_pool and avg_pool and of their gradients. */
#ifndef RN_BACKENDS_CUDNN_POOL_H
#define RN_BACKENDS_CUDNN_POOL_H

#include "cudnn/vector.h"
#include "gpu/pool.h"

extern const char GPU_TEXT(pool)[];

/* Adds a launch of the function in `text` that is named after the operator, with one thread per
 * vector of output 0 and pool.cu's parameters. */
static inline rn_status cudnn_pool_add(rn_kernel *kernel, const char *text, bool is_gradient,
                                       gpu_launch **launch)
{
    const rn_pool_attrs *a = kernel->desc.attrs;
    const gpu_pool images = gpu_pool_of(kernel, is_gradient);
    const rn_tensor_desc *x = images.x, *out = kernel->desc.outputs[0];
    const int32_t vector = cudnn_channel_vector(kernel, x->shape[1]);
    const int64_t items = shape_count(out) / vector;
    gpu_code code = { { GPU_TEXT(pool), text }, "" };
    if (gpu_pool_is_known(a))
        snprintf(code.options, sizeof code.options, "-DKERNEL_SIZE=%d -DSTRIDE=2",
                 (int)a->kernel[0]);
    cudnn_vector_option(vector, &code);
    rn_status status = gpu_launch_add(kernel, &code, kernel->desc.op,
                                      kernel->desc.n_inputs + kernel->desc.n_outputs, launch);
    if (status)
        return status;
    gpu_arg_int(*launch, items);
    gpu_arg_int(*launch, kernel->is_opaque ? x->shape[1] / vector : 1);
    gpu_pool_args(kernel, images, *launch);
    gpu_grid_items(*launch, items);
    return RN_OK;
}

#endif
