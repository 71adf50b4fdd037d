/* batch_norm_parts.c: divides channels into parts, one for each work-group. */
#include "opencl/batch_norm_parts.h"

#include <stdio.h>

extern const char GPU_TEXT(octet)[], GPU_TEXT(batch_norm_parts)[], GPU_TEXT(reduce)[];

/* The number of work-groups that fills the device. A processor gets two for each thread, so that
 * little time is lost waiting for the last one. A GPU gets 2048 work-items per compute unit, which
 * hide the latency of its memory according to the vendors' guides. */
static int64_t groups_wanted(const rn_context *context)
{
    int64_t units = context->limits.compute_units;
    return context->limits.is_cpu ? units * 2 : shape_divide_up(units * 2048, context->group);
}

opencl_division opencl_division_of(const rn_kernel *kernel, const rn_tensor_desc *x)
{
    const rn_context *context = kernel->context;
    const shape_image s = shape_of_image(x);
    opencl_division division = {
        .images = s.n, .channels = s.c, .size = s.h * s.w, .one_item = context->limits.is_cpu
    };
    int64_t octets = s.n * shape_divide_up(division.size, 8);
    /* With too few octets per work-item, combining the parts costs more than computing them. */
    int64_t least = division.one_item ? 64 : (int64_t)context->group * 4;
    int64_t part = shape_divide_up(octets, shape_divide_up(groups_wanted(context), s.c));
    division.part = part > least ? part : least;
    division.parts = shape_divide_up(octets, division.part);
    return division;
}

gpu_code opencl_division_code(const opencl_division *division, const char *text,
                              const rn_tensor_desc *mask)
{
    gpu_code code = { { GPU_TEXT(octet), GPU_TEXT(batch_norm_parts), GPU_TEXT(reduce), text }, "" };
    snprintf(code.options, sizeof code.options, "-DMASK_%s%s",
             mask && mask->dtype == RN_U8 ? "BYTES" : "BITS",
             division->one_item ? " -DONE_ITEM" : "");
    return code;
}

static void grid(const opencl_division *division, int64_t parts, gpu_launch *launch)
{
    gpu_grid_groups(launch, division->channels, parts, 1);
    if (division->one_item) {
        launch->global[0] = (size_t)division->channels;
        launch->local[0] = 1;
    }
}

void opencl_division_launch_parts(const opencl_division *division, gpu_launch *launch)
{
    gpu_arg_int(launch, division->images);
    gpu_arg_int(launch, division->channels);
    gpu_arg_int(launch, division->size);
    gpu_arg_int(launch, division->part);
    grid(division, division->parts, launch);
}

void opencl_division_launch_channels(const opencl_division *division, gpu_launch *launch)
{
    grid(division, 1, launch);
}
