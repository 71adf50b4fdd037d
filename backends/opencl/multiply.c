/* multiply.c: y = a * b, where an element of b may count for a plane, and the gradients of both. */
#include "gpu/multiply.h"

#include "opencl/plane_sum.h"

extern const char GPU_TEXT(octet)[], GPU_TEXT(plane_sum)[], GPU_TEXT(multiply)[];

/* Adds a launch; the caller sets the grid. */
static rn_status add_launch(rn_kernel *kernel, const char *function, int64_t n, int64_t plane,
                            gpu_launch **launch)
{
    gpu_code code = { { GPU_TEXT(octet), GPU_TEXT(plane_sum), GPU_TEXT(multiply) }, "" };
    opencl_plane_options(kernel->context, &code);
    rn_status status = gpu_launch_add(kernel, &code, function, 3, launch);
    if (status)
        return status;
    gpu_arg_int(*launch, n);
    gpu_arg_int(*launch, plane);
    return RN_OK;
}

static rn_status add_product(rn_kernel *kernel, int64_t n, int64_t plane)
{
    gpu_launch *launch;
    rn_status status = add_launch(kernel, "multiply", n, plane, &launch);
    if (!status)
        gpu_grid_items(launch, n);
    return status;
}

static rn_status multiply_prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *a = kernel->desc.inputs[RN_MULTIPLY_A];
    return add_product(kernel, shape_count(a),
                       gpu_multiply_share(a, kernel->desc.inputs[RN_MULTIPLY_B]));
}

static rn_status add_sum(rn_kernel *kernel, int64_t planes, int64_t plane)
{
    gpu_launch *launch;
    if (plane == 1)
        return add_product(kernel, planes, plane);
    rn_status status = add_launch(kernel, "multiply_sum", planes, plane, &launch);
    if (!status)
        gpu_grid_items(launch, planes * opencl_plane_share(kernel->context));
    return status;
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    const rn_tensor_desc *a = kernel->desc.inputs[RN_MULTIPLY_GRAD_A],
                         *b = kernel->desc.inputs[RN_MULTIPLY_GRAD_B];
    int64_t plane = gpu_multiply_share(a, b);
    rn_status status = add_sum(kernel, shape_count(b), plane);
    return status ? status : add_product(kernel, shape_count(a), plane);
}

const gpu_operator opencl_multiply = { .images = GPU_MULTIPLY_IMAGES, .prepare = multiply_prepare };
const gpu_operator opencl_multiply_grad = { .images = GPU_MULTIPLY_GRAD_IMAGES,
                                            .prepare = grad_prepare,
                                            .run = gpu_multiply_grad_run };
