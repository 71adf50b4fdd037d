/* grouped_tiles.c: the form for processors (conv2d_grouped.cl): how a convolution is divided
 * into tiles, and the launches. */
#include <stdio.h>

#include "opencl/conv2d/grouped_form.h"
#include "opencl/conv2d/grouped_shape.h"

extern const char GPU_TEXT(conv2d_grouped)[];

/* Channels of a group at most, and how many bytes of local memory a tile may take, so that it stays
 * in the caches. GFLOP/s of one core (Zen 4, 3x3, batch 16; forward pass, gradients of data and of
 * weights) with 4, 8, 16, 32 channels a group at 56, 28, 14, 7 pixels: 43, 43, 40; 50, 50, 57;
 * 62, 61, 57; 63, 60, 43; as products of matrices 13, 14, 5; 32, 32, 12; 42, 38, 20; 58, 51, 39. */
enum { MAX_CHANNELS = 32, DATA_BYTES = 30 << 10, WEIGHT_BYTES = 64 << 10, GROUPS_PER_UNIT = 4 };

/* Floats that a tile takes in local memory. */
typedef struct grouped_local {
    int64_t planes, others, sums;
} grouped_local;

/* How many pixels and channels are summed at a time: registers for 16 vectors of sums. */
typedef struct grouped_block {
    int32_t channels, vector, vectors, taps;
} grouped_block;

static grouped_block block_of(const rn_kernel *kernel, int32_t out_c)
{
    const int32_t channels = out_c % 4 == 0 ? 4 : out_c % 2 == 0 ? 2 : 1;
    const int32_t vector = kernel->context->product.vector < 16 ? 8 : 16;
    return (grouped_block){ channels, vector, vector == 16 ? 4 : 2,
                            channels == 4   ? 3
                            : channels == 2 ? 5
                                            : 9 };
}

static int32_t up(int32_t value, int32_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

static int32_t tile_sums(const opencl_grouped *f, const grouped_block *block)
{
    return up((f->tile_rows - 1) * f->pitch + f->count[1], block->vector * block->vectors);
}

static int32_t phases(const opencl_grouped *f)
{
    return f->in_phases[0] * f->in_phases[1];
}

/* Tiles of the forward pass and of the gradient of data: so many rows that few sums are in vain,
 * and few rows are copied twice. */
static grouped_local data_tile(const grouped_block *block, opencl_grouped *f)
{
    const int32_t ends = block->vector * block->vectors, taps = f->taps[0] * f->taps[1];
    int64_t least = INT64_MAX;
    grouped_local best = { 0, 0, 0 };
    opencl_grouped tried = *f;
    for (int32_t rows = 1; rows <= f->count[0]; rows++) {
        tried.tile_rows = rows;
        tried.plane = (rows + f->shift[0]) * f->pitch;
        tried.sums = tile_sums(&tried, block);
        const int64_t planes = (int64_t)f->in_c * phases(f) * tried.plane + ends;
        const int64_t sums = (int64_t)block->channels * tried.sums;
        if (rows > 1 && (planes + sums) * 4 > DATA_BYTES)
            break;
        /* A copied float takes about as long as four products. */
        const int64_t cost =
            shape_divide_up(f->count[0], rows) *
            ((int64_t)tried.sums * f->out_c * taps + 4 * (int64_t)tried.plane * phases(f));
        if (cost <= least) {
            least = cost;
            *f = tried;
            best = (grouped_local){ planes, 0, sums };
        }
    }
    return best;
}

/* Tiles of the gradient of weights: as long as the cache allows, because each tile ends with sums
 * over a vector. */
static grouped_local weight_tile(const rn_context *context, const grouped_block *block,
                                 opencl_grouped *f)
{
    const int64_t count = (int64_t)f->in_c * f->out_c * f->taps[0] * f->taps[1];
    const int64_t ends = block->vector * block->vectors;
    const int64_t channels = (int64_t)f->in_c * phases(f) + f->out_c;
    const int64_t row_bytes = 4 * channels * f->pitch;
    const int64_t left = (int64_t)context->limits.local_bytes -
                         4 * (count + channels * ends + 2 * OPENCL_GROUPED_TAPS);
    const int64_t bytes = left < WEIGHT_BYTES ? left : WEIGHT_BYTES;
    const int64_t rows = bytes / row_bytes - f->shift[0];
    const int64_t parts =
        shape_divide_up(GROUPS_PER_UNIT * (int64_t)context->limits.compute_units, f->groups);
    f->tile_rows = rows < 1 ? 1 : rows < f->count[0] ? (int32_t)rows : f->count[0];
    f->part_images = (int32_t)shape_divide_up(f->images, parts);
    const int32_t one = (f->tile_rows + f->shift[0]) * f->pitch;
    const int64_t images = bytes / (row_bytes * (f->tile_rows + f->shift[0]));
    f->tile_images = images < 1 ? 1 : images < f->part_images ? (int32_t)images : f->part_images;
    f->plane = f->tile_images * one + (int32_t)ends;
    return (grouped_local){ (int64_t)f->in_c * phases(f) * f->plane, (int64_t)f->out_c * f->plane,
                            count };
}

static grouped_local tile(const rn_kernel *kernel, const gpu_convolution *conv, opencl_grouped *f)
{
    *f = opencl_grouped_of(conv);
    const grouped_block block = block_of(kernel, f->out_c);
    return conv->pass == CONV2D_GRAD_WEIGHT ? weight_tile(kernel->context, &block, f)
                                            : data_tile(&block, f);
}

static bool fits(const rn_kernel *kernel, const gpu_convolution *conv)
{
    if (conv->c / conv->groups > MAX_CHANNELS || conv->k / conv->groups > MAX_CHANNELS)
        return false;
    opencl_grouped f;
    const grouped_local local = tile(kernel, conv, &f);
    const int64_t floats = local.planes + local.others + local.sums + 2 * OPENCL_GROUPED_TAPS;
    return (uint64_t)floats * 4 <= kernel->context->limits.local_bytes;
}

static int64_t parts(const rn_kernel *kernel, const gpu_convolution *conv)
{
    opencl_grouped f;
    tile(kernel, conv, &f);
    return shape_divide_up(f.images, f.part_images);
}

static void grid(gpu_launch *launch, int64_t x, int64_t y, int64_t z)
{
    const int64_t global[3] = { x, y, z };
    for (int i = 0; i < 3; i++) {
        launch->global[i] = (size_t)global[i];
        launch->local[i] = 1;
    }
}

static rn_status add(rn_kernel *kernel, const gpu_convolution *conv)
{
    const bool is_weight = conv->pass == CONV2D_GRAD_WEIGHT;
    opencl_grouped f;
    const grouped_local local = tile(kernel, conv, &f);
    const grouped_block block = block_of(kernel, f.out_c);
    gpu_code code = { { GPU_TEXT(conv2d_grouped_shape), GPU_TEXT(conv2d_grouped) }, "" };
    gpu_launch *launch;
    snprintf(code.options, sizeof code.options,
             "-DCHANNELS=%d -DVECTOR=%d -DVECTORS=%d -DTAPS=%d%s", (int)block.channels,
             (int)block.vector, (int)block.vectors, (int)block.taps,
             kernel->context->product.fused ? " -DFUSED" : "");
    rn_status status =
        gpu_launch_add(kernel, &code, is_weight ? "conv2d_grouped_weight" : "conv2d_grouped",
                       is_weight ? 3 : 5, &launch);
    if (status)
        return status;
    gpu_arg_bytes(launch, &f, sizeof f);
    opencl_arg_local(launch, (size_t)local.planes * 4);
    if (is_weight)
        opencl_arg_local(launch, (size_t)local.others * 4);
    opencl_arg_local(launch, (size_t)local.sums * 4);
    opencl_arg_local(launch, OPENCL_GROUPED_TAPS * 4);
    opencl_arg_local(launch, OPENCL_GROUPED_TAPS * 4);
    if (is_weight)
        grid(launch, shape_divide_up(f.images, f.part_images), f.groups, 1);
    else
        grid(launch, shape_divide_up(f.count[0], f.tile_rows), f.groups, f.images);
    return RN_OK;
}

const opencl_grouped_form opencl_grouped_tiles = { fits, parts, add };
