/* multiply.c: y = a * b, where an element of b may count for a plane, and the gradients of both. */
#include "gpu/multiply.h"

#include "cudnn/plane_sum.h"

extern const char GPU_TEXT(plane_sum)[], GPU_TEXT(multiply)[];

/* Adds a launch over the vectors of a, or of b for sums of planes. */
static rn_status add_launch(rn_kernel *kernel, const rn_tensor_desc *a, const rn_tensor_desc *b,
                            bool sums)
{
    const int64_t channels = a->rank == 4 ? a->shape[1] : 1, plane = gpu_multiply_share(a, b);
    const int32_t vector = cudnn_channel_vector(kernel, channels);
    const int64_t vectors = shape_count(sums ? b : a) / vector;
    const bool is_sum = sums && plane > 1;
    gpu_code code = { { GPU_TEXT(plane_sum), GPU_TEXT(multiply) }, "" };
    gpu_launch *launch;
    cudnn_plane_options(vector, &code);
    rn_status status =
        gpu_launch_add(kernel, &code, is_sum ? "multiply_sum" : "multiply", 3, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, vectors);
    gpu_arg_int(launch, channels / vector);
    gpu_arg_int(launch, plane);
    if (is_sum)
        gpu_grid_groups(launch, shape_divide_up(vectors, CUDNN_PLANE_LANES), 1, 1);
    else
        gpu_grid_items(launch, vectors);
    return RN_OK;
}

static rn_status multiply_prepare(rn_kernel *kernel)
{
    return add_launch(kernel, kernel->desc.inputs[RN_MULTIPLY_A],
                      kernel->desc.inputs[RN_MULTIPLY_B], false);
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *a = kernel->desc.inputs[RN_MULTIPLY_GRAD_A],
                         *b = kernel->desc.inputs[RN_MULTIPLY_GRAD_B];
    rn_status status = add_launch(kernel, a, b, true);
    return status ? status : add_launch(kernel, a, b, false);
}

const gpu_operator cudnn_multiply = { .images = GPU_MULTIPLY_IMAGES, .prepare = multiply_prepare };
const gpu_operator cudnn_multiply_grad = { .images = GPU_MULTIPLY_GRAD_IMAGES,
                                           .prepare = grad_prepare,
                                           .run = gpu_multiply_grad_run };
