/* global_avg_pool.c: the mean of each plane, and its gradient. */
#include "cudnn/plane_sum.h"

extern const char GPU_TEXT(plane_sum)[], GPU_TEXT(global_avg_pool)[];

/* Adds a launch of the function named after the operator, over all vectors of `counted`, whose
 * number is stored in *vectors. */
static rn_status add_launch(rn_kernel *kernel, const rn_tensor_desc *image,
                            const rn_tensor_desc *counted, int64_t *vectors)
{
    const int32_t vector = cudnn_channel_vector(kernel, image->shape[1]);
    gpu_code code = { { GPU_TEXT(plane_sum), GPU_TEXT(global_avg_pool) }, "" };
    gpu_launch *launch;
    *vectors = shape_count(counted) / vector;
    cudnn_plane_options(vector, &code);
    rn_status status = gpu_launch_add(kernel, &code, kernel->desc.op, 2, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, *vectors);
    gpu_arg_int(launch, image->shape[1] / vector);
    gpu_arg_int(launch, shape_plane_size(image));
    return RN_OK;
}

static rn_status pool_prepare(rn_kernel *kernel)
{
    int64_t vectors;
    rn_status status = add_launch(kernel, kernel->desc.inputs[RN_GLOBAL_AVG_POOL_X],
                                  kernel->desc.outputs[RN_GLOBAL_AVG_POOL_Y], &vectors);
    if (!status)
        gpu_grid_groups(gpu_launch_at(kernel, 0), shape_divide_up(vectors, CUDNN_PLANE_LANES), 1,
                        1);
    return status;
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *dx = kernel->desc.outputs[RN_GLOBAL_AVG_POOL_GRAD_DX];
    int64_t vectors;
    rn_status status = add_launch(kernel, dx, dx, &vectors);
    if (!status)
        gpu_grid_items(gpu_launch_at(kernel, 0), vectors);
    return status;
}

const gpu_operator cudnn_global_avg_pool = {
    .images = 1u << RN_AT_GLOBAL_AVG_POOL_X | 1u << RN_AT_GLOBAL_AVG_POOL_Y, .prepare = pool_prepare
};
const gpu_operator cudnn_global_avg_pool_grad = { .images = 1u << RN_AT_GLOBAL_AVG_POOL_GRAD_DY |
                                                            1u << RN_AT_GLOBAL_AVG_POOL_GRAD_DX,
                                                  .prepare = grad_prepare };
