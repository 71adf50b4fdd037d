/* bias.c: the gradient of a convolution's bias: partial sums, then their sum. cuDNN would round
 * it to halves if dy is in halves. */
#include "cudnn/conv2d/bias.h"

extern const char GPU_TEXT(conv2d_bias)[];

/* Channels per block with channels last, as in bias.cu. */
enum { LANES = 32 };

/* How the sums are divided. */
typedef struct cut {
    int64_t blocks; /* along the channels */
    int64_t units;  /* rows of channels, or images */
    int64_t some;   /* units per part */
    int64_t parts;
} cut;

/* Enough parts for two blocks per multiprocessor, but with at least 64 rows of channels each: fewer
 * would take less time than a block takes to start. */
static cut cut_of(const rn_kernel *kernel, const cudnn_convolution *conv)
{
    const int64_t pixels = conv->shape.p * conv->shape.q,
                  wanted = 2 * kernel->context->multiprocessors;
    cut c = { .blocks = conv->shape.k, .units = conv->shape.n };
    if (kernel->is_opaque) {
        c.blocks = shape_divide_up(conv->shape.k, LANES);
        c.units = conv->shape.n * pixels;
    }
    const int64_t parts = shape_divide_up(wanted, c.blocks);
    const int64_t least = kernel->is_opaque ? 64 : 1;
    c.some = shape_divide_up(c.units, parts < c.units ? parts : c.units);
    if (c.some < least)
        c.some = least;
    c.parts = shape_divide_up(c.units, c.some);
    return c;
}

uint64_t cudnn_conv2d_bias_bytes(const rn_kernel *kernel, const cudnn_convolution *conv)
{
    return cudnn_bytes(cut_of(kernel, conv).parts * conv->shape.k, 4);
}

rn_status cudnn_conv2d_bias_prepare(rn_kernel *kernel, const cudnn_convolution *conv)
{
    const gpu_code code = { { GPU_TEXT(conv2d_bias) }, "" };
    const cut c = cut_of(kernel, conv);
    gpu_launch *parts, *sum;
    rn_status status = gpu_launch_add(kernel, &code, "conv2d_bias_parts", 2, &parts);
    if (status)
        return status;
    status = gpu_launch_add(kernel, &code, "conv2d_bias_sum", 2, &sum);
    if (status)
        return status;
    gpu_arg_int(parts, conv->shape.k);
    gpu_arg_long(parts, c.units);
    gpu_arg_long(parts, c.some);
    if (!kernel->is_opaque)
        gpu_arg_int(parts, conv->shape.p * conv->shape.q);
    gpu_grid_groups(parts, c.blocks, c.parts, 1);
    gpu_arg_int(sum, conv->shape.k);
    gpu_arg_int(sum, c.parts);
    gpu_grid_items(sum, conv->shape.k);
    return RN_OK;
}

rn_status cudnn_conv2d_bias_run(rn_kernel *kernel, gpu_launch *launches,
                                const rn_operand dy_dbias[2], rn_operand workspace)
{
    const rn_operand parts[2] = { dy_dbias[0], workspace }, sum[2] = { workspace, dy_dbias[1] };
    rn_status status = gpu_launch_run(kernel->context, &launches[0], parts);
    return status ? status : gpu_launch_run(kernel->context, &launches[1], sum);
}
