/* stem.c: convolutions of a plain input of few channels, row by row: the rows of x that a row of y
 * meets are copied into a band with their padding, whose numbers are the inputs of tiles. */
#include "onednn/conv2d/stem.h"

#include <string.h>

#include "onednn/conv2d/tile_weights.h"
#include "onednn/conv2d/tiles.h"

/* Larger kernels do not occur where this is fast. */
#define KERNEL_MOST 16

static bool fits(const conv2d_problem *p)
{
    const rn_conv2d_attrs *a = p->attrs;
    bool has_bias_gradient = p->pass == CONV2D_GRAD_WEIGHT && p->bias;
    if (p->pass == CONV2D_GRAD_INPUT || onednn_stores_bf16(p->context) || a->groups != 1 ||
        has_bias_gradient || p->x->shape[1] > CONV2D_CHANNELS_PLAIN)
        return false;
    for (int axis = 0; axis < 2; axis++)
        if (a->dilation[axis] != 1 || a->kernel[axis] > KERNEL_MOST)
            return false;
    return true;
}

static void plan_make(const conv2d_problem *p, onednn_stem_plan *plan)
{
    const rn_conv2d_attrs *a = p->attrs;
    const int64_t *x = p->x->shape, *y = p->y->shape;
    *plan = (onednn_stem_plan){ .n_threads = p->context->n_threads,
                                .n = x[0],
                                .channels = x[1],
                                .x_rows = x[2],
                                .x_columns = x[3],
                                .y_rows = y[2],
                                .y_columns = y[3],
                                .y_blocks = onednn_blocks(p->y),
                                .y_channels = y[1],
                                .kernel = { a->kernel[0], a->kernel[1] },
                                .stride = { a->stride[0], a->stride[1] },
                                .padding = { a->padding[0], a->padding[1] } };
    plan->tiles = shape_divide_up(plan->y_columns, onednn_tile_size());
    plan->band_pixels = (plan->y_columns - 1) * plan->stride[1] + plan->kernel[1];
    plan->band_floats = plan->channels * plan->kernel[0] * plan->band_pixels;
    plan->packing =
        (onednn_tile_packing){ .inputs = plan->channels * plan->kernel[0] * plan->kernel[1],
                               .outputs = plan->y_channels };
}

/* Of a thread: its band, and for the gradient its sums, which begin on a cache line. */
static int64_t band_room(const onednn_stem_plan *plan)
{
    return shape_divide_up(plan->band_floats, ONEDNN_LANES) * ONEDNN_LANES;
}

bool onednn_conv2d_stem_make(const conv2d_problem *p, conv2d_plan *plan)
{
    if (!fits(p))
        return false;
    onednn_stem_plan *stem = &plan->stem;
    plan_make(p, stem);
    int64_t floats = band_room(stem);
    if (p->pass == CONV2D_GRAD_WEIGHT)
        floats += onednn_tile_floats(&stem->packing);
    plan->workspace_bytes = (uint64_t)(floats * stem->n_threads) * sizeof(float);
    if (!onednn_tile_layouts(p, &stem->packing, plan))
        return false;
    plan->x = (conv2d_layout){ RN_LAYOUT_PLAIN, p->x->size_bytes };
    return true;
}

/* One run. */
typedef struct stem_call {
    const onednn_stem_plan *plan;
    const float *x, *weight, *bias, *z, *dy;
    float *y;
    float *bands, *sums; /* of each thread */
    bool relu;
} stem_call;

/* A row of x from column -padding on, with zeros where x has none. */
static void row_copy(const onednn_stem_plan *plan, const float *row, float *to)
{
    const int64_t reach = plan->band_pixels;
    int64_t begin = plan->padding[1] < reach ? plan->padding[1] : reach;
    int64_t end = begin + plan->x_columns < reach ? begin + plan->x_columns : reach;
    memset(to, 0, (size_t)reach * sizeof *to);
    if (row && end > begin)
        memcpy(to + begin, row, (size_t)(end - begin) * sizeof *to);
}

/* What row `number` of all images' y meets: [channel][row of the kernel][pixel]. */
static void band_fill(const stem_call *call, int64_t number, float *band)
{
    const onednn_stem_plan *plan = call->plan;
    const int64_t image = number / plan->y_rows;
    const int64_t first = number % plan->y_rows * plan->stride[0] - plan->padding[0];
    for (int64_t c = 0; c < plan->channels; c++)
        for (int64_t r = 0; r < plan->kernel[0]; r++, band += plan->band_pixels) {
            const int64_t row = first + r;
            const float *plane =
                call->x + (image * plan->channels + c) * plan->x_rows * plan->x_columns;
            bool is_inside = row >= 0 && row < plan->x_rows;
            row_copy(plan, is_inside ? plane + row * plan->x_columns : NULL, band);
        }
}

/* Where row `number` begins in block `block` of y, in floats. */
static int64_t y_at(const onednn_stem_plan *plan, int64_t number, int64_t block)
{
    const int64_t image = number / plan->y_rows, row = number % plan->y_rows;
    return ((image * plan->y_blocks + block) * plan->y_rows + row) * plan->y_columns * ONEDNN_LANES;
}

static void row_compute(const stem_call *call, int64_t number, int64_t block, const float *band)
{
    const onednn_stem_plan *plan = call->plan;
    const int64_t at = y_at(plan, number, block);
    float start[ONEDNN_LANES];
    onednn_tile_start(call->bias, plan->y_channels, block, start);
    conv2d_tile tile = { .from_pixel = plan->stride[1],
                         .from_block = plan->band_pixels,
                         .blocks = plan->channels * plan->kernel[0],
                         .steps = plan->kernel[1],
                         .weight = call->weight + block * onednn_tile_block_floats(&plan->packing),
                         .start = start,
                         .to_pixel = ONEDNN_LANES,
                         .relu = call->relu };
    for (int64_t i = 0; i < plan->tiles; i++) {
        const int64_t begin = i * plan->y_columns / plan->tiles;
        tile.size = (int32_t)((i + 1) * plan->y_columns / plan->tiles - begin);
        tile.from = band + begin * plan->stride[1];
        tile.to = call->y + at + begin * ONEDNN_LANES;
        tile.z = call->z ? call->z + at + begin * ONEDNN_LANES : NULL;
        onednn_tile_compute(&tile);
    }
}

/* Items are rows of all images' y. */
static void forward_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const stem_call *call = argument;
    float *band = call->bands + thread * band_room(call->plan);
    for (int64_t number = begin; number < end; number++) {
        band_fill(call, number, band);
        for (int64_t block = 0; block < call->plan->y_blocks; block++)
            row_compute(call, number, block, band);
    }
}

static void row_add(const stem_call *call, int64_t number, const float *band, float *sums)
{
    const onednn_stem_plan *plan = call->plan;
    tile_product product = {
        .x_pixel = plan->stride[1], .rows = 1, .columns = plan->y_columns, .count = plan->kernel[1]
    };
    for (int64_t block = 0; block < plan->y_blocks; block++) {
        product.dy = call->dy + y_at(plan, number, block);
        product.sums = sums + block * onednn_tile_block_floats(&plan->packing);
        for (int64_t r = 0; r < plan->channels * plan->kernel[0]; r++) {
            product.x = band + r * plan->band_pixels;
            onednn_tile_product_add(&product);
            product.sums += plan->kernel[1] * ONEDNN_LANES;
        }
    }
}

/* The same for the gradient of weights. */
static void weight_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const stem_call *call = argument;
    const int64_t floats = onednn_tile_floats(&call->plan->packing);
    float *band = call->bands + thread * band_room(call->plan);
    float *sums = call->sums + thread * floats;
    memset(sums, 0, (size_t)floats * sizeof *sums);
    for (int64_t number = begin; number < end; number++) {
        band_fill(call, number, band);
        row_add(call, number, band, sums);
    }
}

void onednn_conv2d_stem_run(rn_context *context, const conv2d_state *state,
                            const conv2d_pointers *at)
{
    const onednn_stem_plan *plan = &state->plan.stem;
    const int64_t rows = plan->n * plan->y_rows;
    stem_call call = { .plan = plan,
                       .x = at->x,
                       .weight = at->w,
                       .bias = at->bias,
                       .z = at->z,
                       .dy = at->y,
                       .y = at->y,
                       .bands = at->workspace,
                       .relu = state->relu };
    if (state->pass == CONV2D_FORWARD) {
        cpu_parallel(context, rows, forward_work, &call);
        return;
    }
    call.sums = call.bands + plan->n_threads * band_room(plan);
    cpu_parallel(context, rows, weight_work, &call);
    onednn_tile_sums_finish(context, &plan->packing, call.sums,
                            rows < plan->n_threads ? rows : plan->n_threads, at->w);
}
