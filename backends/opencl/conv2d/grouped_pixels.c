/* grouped_pixels.c: the form for GPUs (conv2d_grouped_pixels.cl). */
#include <stdio.h>

#include "opencl/conv2d/grouped_form.h"
#include "opencl/conv2d/grouped_shape.h"

extern const char GPU_TEXT(reduce)[], GPU_TEXT(conv2d_grouped_pixels)[];

/* Channels of a group at most: with more a product's tile is mostly filled. Sums that an item keeps
 * in registers, and groups that a compute unit gets. Reckoned, not measured. */
enum { MAX_CHANNELS = 16, MAX_SUMS = 32, GROUPS_PER_UNIT = 16 };

/* Channels that an item computes: a power of two that divides the channels of a group. */
static int32_t channels_of(const gpu_convolution *conv)
{
    const bool backward = conv->pass == CONV2D_GRAD_INPUT;
    const int64_t all = (backward ? conv->c : conv->k) / conv->groups;
    const int64_t taps = conv->pass == CONV2D_GRAD_WEIGHT ? conv->s : 1;
    int32_t channels = 1;
    while (channels < 8 && all % (channels * 2) == 0 && channels * 2 * taps <= MAX_SUMS)
        channels *= 2;
    return channels;
}

static int64_t weights_bytes(const gpu_convolution *conv)
{
    const bool backward = conv->pass == CONV2D_GRAD_INPUT;
    const int64_t in_c = (backward ? conv->k : conv->c) / conv->groups;
    return in_c * conv->r * conv->s * channels_of(conv) * 4;
}

/* A width is compiled in, so sums of a wide kernel would be many. */
static bool fits(const rn_kernel *kernel, const gpu_convolution *conv)
{
    return conv->c / conv->groups <= MAX_CHANNELS && conv->k / conv->groups <= MAX_CHANNELS &&
           conv->s <= MAX_SUMS &&
           (uint64_t)weights_bytes(conv) <= kernel->context->limits.local_bytes / 2;
}

/* Images of a part. */
static int64_t part_images(const rn_kernel *kernel, const gpu_convolution *conv)
{
    const int64_t groups = conv->k / channels_of(conv) * (conv->c / conv->groups) * conv->r;
    const int64_t wanted = GROUPS_PER_UNIT * (int64_t)kernel->context->limits.compute_units;
    return shape_divide_up(conv->n, shape_divide_up(wanted, groups));
}

static int64_t parts(const rn_kernel *kernel, const gpu_convolution *conv)
{
    return shape_divide_up(conv->n, part_images(kernel, conv));
}

static rn_status add(rn_kernel *kernel, const gpu_convolution *conv)
{
    const bool is_weight = conv->pass == CONV2D_GRAD_WEIGHT;
    const int32_t channels = channels_of(conv);
    opencl_grouped f = opencl_grouped_of(conv);
    gpu_code code = {
        { GPU_TEXT(reduce), GPU_TEXT(conv2d_grouped_shape), GPU_TEXT(conv2d_grouped_pixels) }, ""
    };
    gpu_launch *launch;
    snprintf(code.options, sizeof code.options, "-DCHANNELS=%d -DTAPS_W=%d", (int)channels,
             is_weight ? (int)conv->s : 1);
    rn_status status =
        gpu_launch_add(kernel, &code,
                       is_weight ? "conv2d_grouped_pixels_weight" : "conv2d_grouped_pixels",
                       is_weight ? 3 : 5, &launch);
    if (status)
        return status;
    f.part_images = (int32_t)part_images(kernel, conv);
    gpu_arg_bytes(launch, &f, sizeof f);
    if (is_weight) {
        gpu_grid_groups(launch, parts(kernel, conv), conv->k / channels,
                        conv->c / conv->groups * conv->r);
        return RN_OK;
    }
    opencl_arg_local(launch, (size_t)weights_bytes(conv));
    gpu_grid_groups(launch,
                    shape_divide_up((int64_t)f.images * f.out[0] * f.out[1],
                                    kernel->context->group),
                    (int64_t)f.groups * f.out_c / channels, 1);
    return RN_OK;
}

const opencl_grouped_form opencl_grouped_pixels = { fits, parts, add };
