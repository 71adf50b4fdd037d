/* bias.c: the gradient of the bias: sums of parts of the batch, and then of these. */
#include "opencl/conv2d/conv2d.h"

extern const char OPENCL_TEXT(conv2d_bias)[];

/* Groups that each compute unit gets at least, where there are so many images. */
enum { GROUPS_PER_UNIT = 4 };

/* Images of a part. */
static int64_t images_of(const rn_context *context, const opencl_convolution *conv)
{
    int64_t wanted =
        shape_divide_up(GROUPS_PER_UNIT * (int64_t)context->limits.compute_units, conv->k);
    return shape_divide_up(conv->n, wanted);
}

static int64_t parts_of(const rn_context *context, const opencl_convolution *conv)
{
    return shape_divide_up(conv->n, images_of(context, conv));
}

uint64_t opencl_conv2d_bias_bytes(const rn_kernel *kernel, const opencl_convolution *conv)
{
    return opencl_float_bytes(parts_of(kernel->context, conv) * conv->k);
}

rn_status opencl_conv2d_bias_prepare(rn_kernel *kernel, const opencl_convolution *conv)
{
    const opencl_code code = { { OPENCL_TEXT(conv2d_bias) }, "" };
    int64_t parts = parts_of(kernel->context, conv);
    opencl_launch *launch;
    rn_status status = opencl_launch_add(kernel, &code, "conv2d_bias_parts", 2, &launch);
    if (status)
        return status;
    opencl_arg_int(launch, conv->n);
    opencl_arg_int(launch, images_of(kernel->context, conv));
    opencl_arg_int(launch, conv->p * conv->q);
    opencl_grid_groups(kernel->context, launch, conv->k, parts, 1);
    return opencl_conv2d_sum_add(kernel, conv->k, parts);
}

rn_status opencl_conv2d_bias_run(rn_kernel *kernel, opencl_launch *launches,
                                 const rn_operand dy_dbias[2], rn_operand workspace)
{
    const rn_operand parts[2] = { dy_dbias[0], workspace }, sum[2] = { workspace, dy_dbias[1] };
    rn_status status = opencl_launch_run(kernel->context, &launches[0], parts);
    return status ? status : opencl_launch_run(kernel->context, &launches[1], sum);
}
