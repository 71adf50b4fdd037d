/* bias.c: the gradient of the bias: sums over parts of the batch, which are then added. */
#include "opencl/conv2d/bias.h"

#include "opencl/conv2d/sum.h"

extern const char GPU_TEXT(conv2d_bias)[];

/* At least so many work-groups per compute unit, if there are enough images. */
enum { GROUPS_PER_UNIT = 4 };

/* Images of a part. */
static int64_t images_of(const rn_context *context, const gpu_convolution *conv)
{
    int64_t wanted =
        shape_divide_up(GROUPS_PER_UNIT * (int64_t)context->limits.compute_units, conv->k);
    return shape_divide_up(conv->n, wanted);
}

static int64_t parts_of(const rn_context *context, const gpu_convolution *conv)
{
    return shape_divide_up(conv->n, images_of(context, conv));
}

uint64_t opencl_conv2d_bias_bytes(const rn_kernel *kernel, const gpu_convolution *conv)
{
    return gpu_float_bytes(parts_of(kernel->context, conv) * conv->k);
}

rn_status opencl_conv2d_bias_prepare(rn_kernel *kernel, const gpu_convolution *conv)
{
    const gpu_code code = { { GPU_TEXT(conv2d_bias) }, "" };
    int64_t parts = parts_of(kernel->context, conv);
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "conv2d_bias_parts", 2, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, conv->n);
    gpu_arg_int(launch, images_of(kernel->context, conv));
    gpu_arg_int(launch, conv->p * conv->q);
    gpu_grid_groups(launch, conv->k, parts, 1);
    return opencl_conv2d_sum_add(kernel, conv->k, parts);
}

rn_status opencl_conv2d_bias_run(rn_kernel *kernel, gpu_launch *launches,
                                 const rn_operand dy_dbias[2], rn_operand workspace)
{
    const rn_operand parts[2] = { dy_dbias[0], workspace }, sum[2] = { workspace, dy_dbias[1] };
    rn_status status = gpu_launch_run(kernel->context, &launches[0], parts);
    return status ? status : gpu_launch_run(kernel->context, &launches[1], sum);
}
