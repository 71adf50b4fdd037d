/* pointwise.c: 1x1 convolutions, forward and the gradient of data, where they are products of
 * matrices: the pixels of a tile by the weights of one block of outputs. */
#include "onednn/conv2d/pointwise.h"

#include <string.h>

#include "onednn/conv2d/pointwise_weight.h"
#include "onednn/conv2d/tile_weights.h"
#include "onednn/conv2d/tiles.h"

/* So many blocks of inputs at a time: their weights for one block of outputs, 16 KB, stay in the
 * first cache while all tiles of a batch meet them. */
#define CHUNK_BLOCKS 16

/* Tiles that take turns with the same weights: their inputs of a chunk, some 100 KB, stay in the
 * second cache. */
#define BATCH_TILES 16

/* Outputs are divided, too, where there are fewer tiles for each thread. */
#define TILES_A_THREAD 16

static bool fits(const conv2d_problem *p)
{
    const rn_conv2d_attrs *a = p->attrs;
    bool has_bias_gradient = p->pass == CONV2D_GRAD_WEIGHT && p->bias;
    if (onednn_stores_bf16(p->context) || a->groups != 1 ||
        p->x->shape[1] <= CONV2D_CHANNELS_PLAIN || has_bias_gradient)
        return false;
    for (int axis = 0; axis < 2; axis++) {
        shape_window w = shape_conv2d_window(a, p->x, p->y, axis);
        if (w.kernel != 1 || w.padding || (w.output - 1) * w.stride >= w.input)
            return false; /* an output of padding alone, too */
    }
    return true;
}

/* The pixels of an image that meet those of another, `step` apart in each direction. */
static onednn_pointwise_side side_of(const rn_tensor_desc *t, const int64_t step[2])
{
    return (onednn_pointwise_side){ .pixel = step[1] * ONEDNN_LANES,
                                    .run = step[0] * t->shape[3] * ONEDNN_LANES,
                                    .block = onednn_pixels(t) * ONEDNN_LANES,
                                    .image = onednn_blocks(t) * onednn_pixels(t) * ONEDNN_LANES,
                                    .blocks = onednn_blocks(t),
                                    .channels = t->shape[1] };
}

static void plan_make(const conv2d_problem *p, onednn_pointwise_plan *plan)
{
    static const int64_t every[2] = { 1, 1 };
    const int64_t *stride = p->attrs->stride;
    const bool turned = p->pass == CONV2D_GRAD_INPUT, has_rows = stride[0] > 1 || stride[1] > 1;
    const onednn_pointwise_side x = side_of(p->x, stride), y = side_of(p->y, every);
    *plan = (onednn_pointwise_plan){ .pass = p->pass,
                                     .n_threads = p->context->n_threads,
                                     .n = p->y->shape[0],
                                     .runs = has_rows ? p->y->shape[2] : 1,
                                     .run_pixels = has_rows ? p->y->shape[3] : onednn_pixels(p->y),
                                     .from = turned ? y : x,
                                     .to = turned ? x : y,
                                     .clears = turned && has_rows };
    plan->packing = (onednn_tile_packing){ .inputs = plan->from.channels,
                                           .outputs = plan->to.channels,
                                           .turned = turned };
    plan->tiles = shape_divide_up(plan->run_pixels, onednn_tile_size());
    int64_t wanted =
        shape_divide_up(TILES_A_THREAD * plan->n_threads, plan->n * plan->runs * plan->tiles);
    plan->groups = wanted < plan->to.blocks ? wanted : plan->to.blocks;
}

bool onednn_conv2d_pointwise_make(const conv2d_problem *p, conv2d_plan *plan)
{
    if (!fits(p))
        return false;
    plan_make(p, &plan->pointwise);
    if (p->pass == CONV2D_GRAD_WEIGHT)
        plan->workspace_bytes = onednn_pointwise_weight_workspace(&plan->pointwise);
    return onednn_tile_layouts(p, &plan->pointwise.packing, plan);
}

/* One run. */
typedef struct pointwise_call {
    const onednn_pointwise_plan *plan;
    const float *from, *weight, *bias, *z;
    float *to;
    bool relu;
} pointwise_call;

/* Where a tile is, in floats from the images' first. */
typedef struct position {
    int64_t from, to;
    int32_t size;
} position;

static position position_of(const onednn_pointwise_plan *plan, int64_t tile)
{
    const onednn_pointwise_side *from = &plan->from, *to = &plan->to;
    int64_t image = tile / (plan->runs * plan->tiles), run = tile / plan->tiles % plan->runs;
    int64_t number = tile % plan->tiles;
    int64_t begin = number * plan->run_pixels / plan->tiles;
    int64_t end = (number + 1) * plan->run_pixels / plan->tiles;
    return (position){ image * from->image + run * from->run + begin * from->pixel,
                       image * to->image + run * to->run + begin * to->pixel,
                       (int32_t)(end - begin) };
}

/* One chunk of inputs for one block of outputs, of all tiles. */
static void chunk_run(const pointwise_call *call, const position *tiles, int64_t n, int64_t chunk,
                      int64_t block)
{
    const onednn_pointwise_plan *plan = call->plan;
    const int64_t left = plan->from.blocks - chunk;
    float start[ONEDNN_LANES];
    onednn_tile_start(call->bias, plan->to.channels, block, start);
    conv2d_tile tile = {
        .from_pixel = plan->from.pixel,
        .from_block = plan->from.block,
        .blocks = left < CHUNK_BLOCKS ? left : CHUNK_BLOCKS,
        .steps = ONEDNN_LANES,
        .weight = call->weight + (block * plan->from.blocks + chunk) * ONEDNN_LANES * ONEDNN_LANES,
        .start = chunk == 0 ? start : NULL,
        .to_pixel = plan->to.pixel,
        .relu = call->relu && left <= CHUNK_BLOCKS,
    };
    for (int64_t i = 0; i < n; i++) {
        const int64_t at = tiles[i].to + block * plan->to.block;
        tile.from = call->from + tiles[i].from + chunk * plan->from.block;
        tile.to = call->to + at;
        tile.z = call->z && chunk == 0 ? call->z + at : NULL;
        tile.size = tiles[i].size;
        onednn_tile_compute(&tile);
    }
}

static void batch_run(const pointwise_call *call, int64_t group, int64_t first, int64_t n)
{
    const onednn_pointwise_plan *plan = call->plan;
    const int64_t begin = group * plan->to.blocks / plan->groups;
    const int64_t end = (group + 1) * plan->to.blocks / plan->groups;
    position tiles[BATCH_TILES];
    for (int64_t i = 0; i < n; i++)
        tiles[i] = position_of(plan, first + i);
    for (int64_t chunk = 0; chunk < plan->from.blocks; chunk += CHUNK_BLOCKS)
        for (int64_t block = begin; block < end; block++)
            chunk_run(call, tiles, n, chunk, block);
}

/* Items are tiles of all images, for each group of outputs. */
static void tiles_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const pointwise_call *call = argument;
    const onednn_pointwise_plan *plan = call->plan;
    const int64_t tiles = plan->n * plan->runs * plan->tiles;
    (void)thread;
    for (int64_t n; begin < end; begin += n) {
        int64_t first = begin % tiles;
        n = tiles - first < end - begin ? tiles - first : end - begin;
        n = n < BATCH_TILES ? n : BATCH_TILES;
        batch_run(call, begin / tiles, first, n);
    }
}

/* Pixels that take no part become 0, or z. Items are images. */
static void clear_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const pointwise_call *call = argument;
    const int64_t image = call->plan->to.image;
    const size_t bytes = (size_t)((end - begin) * image) * sizeof *call->to;
    (void)thread;
    if (call->z)
        memcpy(call->to + begin * image, call->z + begin * image, bytes);
    else
        memset(call->to + begin * image, 0, bytes);
}

void onednn_conv2d_pointwise_run(rn_context *context, const conv2d_state *state,
                                 const conv2d_pointers *at)
{
    const onednn_pointwise_plan *plan = &state->plan.pointwise;
    const bool turned = plan->pass == CONV2D_GRAD_INPUT;
    pointwise_call call = { .plan = plan,
                            .from = turned ? at->y : at->x,
                            .to = turned ? at->x : at->y,
                            .weight = at->w,
                            .bias = turned ? NULL : at->bias,
                            .z = at->z,
                            .relu = state->relu };
    if (plan->pass == CONV2D_GRAD_WEIGHT) {
        onednn_pointwise_weight_run(context, plan, at);
        return;
    }
    if (plan->clears && call.z != call.to)
        cpu_parallel(context, plan->n, clear_work, &call);
    cpu_parallel(context, plan->n * plan->runs * plan->tiles * plan->groups, tiles_work, &call);
}
