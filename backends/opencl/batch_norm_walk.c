/* batch_norm_walk.c: the division of channels among groups. */
#include "opencl/batch_norm_walk.h"

#include <stdio.h>

extern const char GPU_TEXT(octet)[], GPU_TEXT(batch_norm_walk)[], GPU_TEXT(reduce)[];

/* Groups with which the device is full. On a processor each of its threads has two, so that the
 * last one waits little; of a GPU, 2048 items a compute unit are what hides its memory's latency,
 * as the vendors' guides count. */
static int64_t groups_wanted(const rn_context *context)
{
    int64_t units = context->limits.compute_units;
    return context->limits.is_cpu ? units * 2 : shape_divide_up(units * 2048, context->group);
}

opencl_walk opencl_walk_of(const rn_kernel *kernel, const rn_tensor_desc *x)
{
    const rn_context *context = kernel->context;
    const shape_image s = shape_of_image(x);
    opencl_walk walk = {
        .images = s.n, .channels = s.c, .size = s.h * s.w, .one_item = context->limits.is_cpu
    };
    int64_t octets = s.n * shape_divide_up(walk.size, 8);
    /* Each item has a few octets, or putting parts together costs more than the parts do. */
    int64_t least = walk.one_item ? 64 : (int64_t)context->group * 4;
    int64_t part = shape_divide_up(octets, shape_divide_up(groups_wanted(context), s.c));
    walk.part = part > least ? part : least;
    walk.parts = shape_divide_up(octets, walk.part);
    return walk;
}

gpu_code opencl_walk_code(const opencl_walk *walk, const char *text, const rn_tensor_desc *mask)
{
    gpu_code code = { { GPU_TEXT(octet), GPU_TEXT(batch_norm_walk), GPU_TEXT(reduce), text }, "" };
    snprintf(code.options, sizeof code.options, "-DMASK_%s%s",
             mask && mask->dtype == RN_U8 ? "BYTES" : "BITS", walk->one_item ? " -DONE_ITEM" : "");
    return code;
}

static void grid(const opencl_walk *walk, int64_t parts, gpu_launch *launch)
{
    gpu_grid_groups(launch, walk->channels, parts, 1);
    if (walk->one_item) {
        launch->global[0] = (size_t)walk->channels;
        launch->local[0] = 1;
    }
}

void opencl_walk_parts(const opencl_walk *walk, gpu_launch *launch)
{
    gpu_arg_int(launch, walk->images);
    gpu_arg_int(launch, walk->channels);
    gpu_arg_int(launch, walk->size);
    gpu_arg_int(launch, walk->part);
    grid(walk, walk->parts, launch);
}

void opencl_walk_channels(const opencl_walk *walk, gpu_launch *launch)
{
    grid(walk, 1, launch);
}
