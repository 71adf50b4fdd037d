/* conv2d_grouped.c: the way for few channels a group on processors (conv2d_grouped.cl): how a
 * convolution is divided into tiles, and the launches. */
#include <stdio.h>
#include <stdlib.h>

#include "opencl/conv2d.h"

extern const char OPENCL_TEXT(conv2d_grouped)[];

/* With more channels a product of matrices is as fast. Local memory: what a tile may take at most,
 * of which less is asked for, and what suits the caches (Zen 4: 32 KB and 1 MB).  */
enum {
    MAX_CHANNELS = 32, MAX_TAPS = 49, MAX_STRIDE = 8,
    DATA_BYTES = 24 << 10, WEIGHT_BYTES = 64 << 10,
    GROUPS_PER_UNIT = 4
};

/* conv2d_grouped.cl has the same. Pairs are height, width; channels are those of a group. */
typedef struct grouped {
    int32_t images, groups, taps[2], stride[2], dilation[2], backward, relu;
    /* What is read: position i of phase a is pixel in_step * (first + i) + a - in_pad. */
    int32_t in_c, in[2], in_step[2], in_pad[2], in_phases[2];
    /* What is written: position i of phase a is pixel out_step * (first + i) + a - out_pad. */
    int32_t out_c, out[2], out_step[2], out_pad[2], out_phases[2];
    int32_t weight_in, weight_out; /* from the weights of a channel to those of the next */
    int32_t first[2], count[2];    /* positions */
    int32_t shift[2];              /* how many positions the farthest tap is away */
    int32_t tile_rows, pitch;      /* positions of a tile: rows, and what a row takes */
    int32_t plane, sums;           /* floats that a phase takes, and the sums of a channel */
    int32_t tile_images, part_images; /* of the gradient of weights */
} grouped;

/* How many floats a tile takes in local memory. */
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
                            channels == 4 ? 3 : channels == 2 ? 5 : 9 };
}

static int32_t up(int32_t value, int32_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

static int32_t tile_sums(const grouped *f, const grouped_block *block)
{
    return up((f->tile_rows - 1) * f->pitch + f->count[1], block->vector * block->vectors);
}

static int32_t phases(const grouped *f)
{
    return f->in_phases[0] * f->in_phases[1];
}

/* The pass as what is read and written, but for the tile. */
static grouped geometry_of(const opencl_convolution *conv)
{
    const bool backward = conv->pass == CONV2D_GRAD_INPUT;
    const int32_t c = (int32_t)(conv->c / conv->groups), k = (int32_t)(conv->k / conv->groups);
    const int32_t taps[2] = { (int32_t)conv->r, (int32_t)conv->s };
    const int32_t x[2] = { (int32_t)conv->h, (int32_t)conv->w };
    const int32_t y[2] = { (int32_t)conv->p, (int32_t)conv->q };
    grouped f = { .images = (int32_t)conv->n, .groups = (int32_t)conv->groups,
                  .backward = backward, .relu = conv->relu, .in_c = backward ? k : c,
                  .out_c = backward ? c : k };
    for (int axis = 0; axis < 2; axis++) {
        const int32_t stride = (int32_t)conv->stride[axis], pad = (int32_t)conv->padding[axis];
        const int32_t reach = (taps[axis] - 1) * (int32_t)conv->dilation[axis];
        f.taps[axis] = taps[axis];
        f.stride[axis] = stride;
        f.dilation[axis] = (int32_t)conv->dilation[axis];
        f.shift[axis] = reach / stride;
        f.in[axis] = backward ? y[axis] : x[axis];
        f.out[axis] = backward ? x[axis] : y[axis];
        f.in_step[axis] = backward ? 1 : stride;
        f.in_pad[axis] = backward ? f.shift[axis] : pad;
        f.in_phases[axis] = backward ? 1 : reach + 1 < stride ? reach + 1 : stride;
        f.out_step[axis] = backward ? stride : 1;
        f.out_pad[axis] = backward ? pad : 0;
        f.out_phases[axis] = backward ? stride : 1;
        f.first[axis] = backward ? pad / stride : 0;
        f.count[axis] = backward ? (x[axis] - 1 + pad) / stride - pad / stride + 1 : y[axis];
    }
    const int32_t all = taps[0] * taps[1];
    f.weight_in = backward ? c * all : all;
    f.weight_out = backward ? all : c * all;
    f.pitch = f.count[1] + f.shift[1];
    return f;
}

/* Tiles of the forward pass and of the gradient of data: so many rows that few sums are in vain,
 * and few rows are copied twice. */
static grouped_local data_tile(const grouped_block *block, grouped *f)
{
    const int32_t ends = block->vector * block->vectors, taps = f->taps[0] * f->taps[1];
    int64_t least = INT64_MAX;
    grouped_local best = { 0, 0, 0 };
    grouped tried = *f;
    for (int32_t rows = 1; rows <= f->count[0]; rows++) {
        tried.tile_rows = rows;
        tried.plane = (rows + f->shift[0]) * f->pitch;
        tried.sums = tile_sums(&tried, block);
        const int64_t planes = (int64_t)f->in_c * phases(f) * tried.plane + ends;
        if (rows > 1 && planes * 4 > DATA_BYTES)
            break;
        /* A copied float takes about as long as four products. */
        const int64_t cost = shape_divide_up(f->count[0], rows) *
                             ((int64_t)tried.sums * f->out_c * taps +
                              4 * (int64_t)tried.plane * phases(f));
        if (cost <= least) {
            least = cost;
            *f = tried;
            best = (grouped_local){ planes, 0, (int64_t)block->channels * tried.sums };
        }
    }
    return best;
}

/* Tiles of the gradient of weights: as long as suits the cache, because each ends in sums over a
 * vector. */
static grouped_local weight_tile(const rn_context *context, const grouped_block *block, grouped *f)
{
    const int64_t row_bytes = 4 * ((int64_t)f->in_c * phases(f) + f->out_c) * f->pitch;
    const int64_t rows = WEIGHT_BYTES / row_bytes - f->shift[0];
    const int64_t parts = shape_divide_up(GROUPS_PER_UNIT * (int64_t)context->limits.compute_units,
                                          f->groups);
    f->tile_rows = rows < 1 ? 1 : rows < f->count[0] ? (int32_t)rows : f->count[0];
    f->part_images = (int32_t)shape_divide_up(f->images, parts);
    const int32_t one = (f->tile_rows + f->shift[0]) * f->pitch;
    const int64_t images = WEIGHT_BYTES / (row_bytes * (f->tile_rows + f->shift[0]));
    f->tile_images = images < 1 ? 1 : images < f->part_images ? (int32_t)images : f->part_images;
    f->plane = f->tile_images * one + block->vector * block->vectors;
    return (grouped_local){ (int64_t)f->in_c * phases(f) * f->plane, (int64_t)f->out_c * f->plane,
                            (int64_t)f->in_c * f->out_c * f->taps[0] * f->taps[1] };
}

static grouped_local tile(const rn_kernel *kernel, const opencl_convolution *conv, grouped *f)
{
    *f = geometry_of(conv);
    const grouped_block block = block_of(kernel, f->out_c);
    return conv->pass == CONV2D_GRAD_WEIGHT ? weight_tile(kernel->context, &block, f)
                                            : data_tile(&block, f);
}

static bool fits(const rn_kernel *kernel, const opencl_convolution *conv)
{
    const opencl_limits *limits = &kernel->context->limits;
    if (!limits->is_cpu || conv->groups == 1 || conv->c / conv->groups > MAX_CHANNELS ||
        conv->k / conv->groups > MAX_CHANNELS || conv->r * conv->s > MAX_TAPS ||
        conv->stride[0] > MAX_STRIDE || conv->stride[1] > MAX_STRIDE)
        return false;
    grouped f;
    const grouped_local local = tile(kernel, conv, &f);
    const int64_t floats = local.planes + local.others + local.sums + 2 * MAX_TAPS;
    return (uint64_t)floats * 4 <= limits->local_bytes;
}

static int64_t parts_of(const grouped *f)
{
    return shape_divide_up(f->images, f->part_images);
}

static int64_t weight_count(const opencl_convolution *conv)
{
    return conv->k * (conv->c / conv->groups) * conv->r * conv->s;
}

static uint64_t workspace_bytes(const rn_kernel *kernel, const opencl_convolution *conv)
{
    if (conv->pass != CONV2D_GRAD_WEIGHT)
        return 0;
    grouped f;
    tile(kernel, conv, &f);
    return parts_of(&f) > 1 ? opencl_float_bytes(weight_count(conv) * parts_of(&f)) : 0;
}

static void arg_bytes(opencl_launch *launch, const void *value, size_t bytes)
{
    cl_int error = clSetKernelArg(launch->kernel, launch->n_args++, bytes, value);
    if (!launch->error)
        launch->error = error;
}

static void grid(opencl_launch *launch, int64_t x, int64_t y, int64_t z)
{
    const int64_t global[3] = { x, y, z };
    for (int i = 0; i < 3; i++) {
        launch->global[i] = (size_t)global[i];
        launch->local[i] = 1;
    }
}

/* What `run` needs to know. */
typedef struct grouped_run {
    conv2d_pass pass;
    bool has_parts; /* of the gradient of weights, which are to be added */
} grouped_run;

static rn_status add_launch(rn_kernel *kernel, const opencl_convolution *conv, bool *has_parts)
{
    const bool is_weight = conv->pass == CONV2D_GRAD_WEIGHT;
    grouped f;
    const grouped_local local = tile(kernel, conv, &f);
    const grouped_block block = block_of(kernel, f.out_c);
    opencl_code code = { { OPENCL_TEXT(conv2d_grouped) }, "" };
    opencl_launch *launch;
    snprintf(code.options, sizeof code.options,
             "-DCHANNELS=%d -DVECTOR=%d -DVECTORS=%d -DTAPS=%d%s", (int)block.channels,
             (int)block.vector, (int)block.vectors, (int)block.taps,
             kernel->context->product.fused ? " -DFUSED" : "");
    rn_status status =
        opencl_launch_add(kernel, &code, is_weight ? "conv2d_grouped_weight" : "conv2d_grouped",
                          is_weight ? 3 : 5, &launch);
    if (status)
        return status;
    arg_bytes(launch, &f, sizeof f);
    arg_bytes(launch, NULL, (size_t)local.planes * 4);
    if (is_weight)
        arg_bytes(launch, NULL, (size_t)local.others * 4);
    arg_bytes(launch, NULL, (size_t)local.sums * 4);
    arg_bytes(launch, NULL, MAX_TAPS * 4);
    arg_bytes(launch, NULL, MAX_TAPS * 4);
    *has_parts = is_weight && parts_of(&f) > 1;
    if (is_weight)
        grid(launch, parts_of(&f), f.groups, 1);
    else
        grid(launch, shape_divide_up(f.count[0], f.tile_rows), f.groups, f.images);
    return *has_parts ? opencl_conv2d_sum_add(kernel, weight_count(conv), parts_of(&f)) : RN_OK;
}

static rn_status prepare(rn_kernel *kernel, const opencl_convolution *conv, void **state)
{
    grouped_run *own = malloc(sizeof *own);
    if (!own)
        return opencl_host->fail(RN_E_NOMEM, "no memory for a convolution");
    own->pass = conv->pass;
    *state = own;
    return add_launch(kernel, conv, &own->has_parts);
}

static rn_status run_weight(rn_kernel *kernel, bool has_parts, const rn_operand *o,
                            rn_operand workspace)
{
    const rn_operand sums[3] = { o[0], o[1], has_parts ? workspace : o[2] };
    const rn_operand sum[2] = { workspace, o[2] };
    rn_status status = opencl_launch_run(kernel->context, &kernel->launches[0], sums);
    if (status || !has_parts)
        return status;
    return opencl_launch_run(kernel->context, &kernel->launches[1], sum);
}

static rn_status run(rn_kernel *kernel, const void *state, const rn_operand *operands,
                     rn_operand workspace)
{
    const grouped_run *own = state;
    const rn_operand *o = operands, none = { NULL, 0 };
    if (own->pass == CONV2D_GRAD_WEIGHT)
        return run_weight(kernel, own->has_parts, o, workspace);
    const rn_operand backward[5] = { o[0], o[1], none, none, o[2] };
    return opencl_launch_run(kernel->context, &kernel->launches[0],
                             own->pass == CONV2D_FORWARD ? o : backward);
}

const opencl_way opencl_way_grouped = { .name = "grouped", .fits = fits,
                                        .workspace_bytes = workspace_bytes,
                                        .prepare = prepare, .run = run };
