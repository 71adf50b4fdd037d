/* pointwise_weight.c: the gradient of a 1x1 convolution's weights: each thread sums up the products
 * of its pixels, and the sums of all are added up at last. */
#include "onednn/conv2d/pointwise_weight.h"

#include <string.h>

#include "onednn/conv2d/tile_weights.h"
#include "onednn/conv2d/tiles.h"

/* So many pixels of one block of x and one of dy fit into the first cache. */
#define PART_PIXELS 200

#define BLOCK_SUMS (ONEDNN_LANES * ONEDNN_LANES)

/* One run. */
typedef struct weight_call {
    const onednn_pointwise_plan *plan;
    const float *x, *dy;
    float *sums;                            /* of each thread */
    int64_t parts, part_rows, part_columns; /* of an image */
} weight_call;

uint64_t onednn_pointwise_weight_workspace(const onednn_pointwise_plan *plan)
{
    return (uint64_t)onednn_tile_floats(&plan->packing) * (uint64_t)plan->n_threads * sizeof(float);
}

/* Cuts an image into parts of whole runs, or its only run into parts. */
static void parts_make(weight_call *call)
{
    const onednn_pointwise_plan *plan = call->plan;
    int64_t rows = PART_PIXELS / plan->run_pixels;
    call->part_columns = plan->run_pixels;
    call->part_rows = rows < 1 ? 1 : rows < plan->runs ? rows : plan->runs;
    if (plan->runs == 1 && rows < 1)
        call->part_columns =
            shape_divide_up(plan->run_pixels, shape_divide_up(plan->run_pixels, PART_PIXELS));
    call->parts = shape_divide_up(plan->runs, call->part_rows) *
                  shape_divide_up(plan->run_pixels, call->part_columns);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The part's products of all blocks of x with all of dy. */
static void part_add(const weight_call *call, int64_t part, float *sums)
{
    const onednn_pointwise_plan *plan = call->plan;
    const onednn_pointwise_side *from = &plan->from, *to = &plan->to;
    int64_t image = part / call->parts, number = part % call->parts;
    int64_t row = plan->runs == 1 ? 0 : number * call->part_rows;
    int64_t column = plan->runs == 1 ? number * call->part_columns : 0;
    const float *x = call->x + image * from->image + row * from->run + column * from->pixel;
    const float *dy = call->dy + image * to->image + row * to->run + column * to->pixel;
    tile_product product = { .x_pixel = from->pixel,
                             .x_row = from->run,
                             .dy_row = to->run,
                             .x_ahead = from->block,
                             .rows = least(call->part_rows, plan->runs - row),
                             .columns = least(call->part_columns, plan->run_pixels - column),
                             .count = ONEDNN_LANES };
    for (int64_t k = 0; k < to->blocks; k++)
        for (int64_t c = 0; c < from->blocks; c++) {
            product.x = x + c * from->block;
            product.dy = dy + k * to->block;
            product.sums = sums + (k * from->blocks + c) * BLOCK_SUMS;
            onednn_tile_product_add(&product);
        }
}

static void parts_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const weight_call *call = argument;
    const int64_t floats = onednn_tile_floats(&call->plan->packing);
    float *sums = call->sums + thread * floats;
    memset(sums, 0, (size_t)floats * sizeof *sums);
    for (int64_t part = begin; part < end; part++)
        part_add(call, part, sums);
}

void onednn_pointwise_weight_run(rn_context *context, const onednn_pointwise_plan *plan,
                                 const conv2d_pointers *at)
{
    weight_call call = { .plan = plan, .x = at->x, .dy = at->y, .sums = at->workspace };
    parts_make(&call);
    cpu_parallel(context, plan->n * call.parts, parts_work, &call);
    onednn_tile_sums_finish(context, &plan->packing, call.sums,
                            least(plan->n_threads, plan->n * call.parts), at->w);
}
