/* pointwise_weight.c: the gradient of a 1x1 convolution's weights: each thread sums up the products
 * of its pixels, and the sums of all are added up at last. */
#include "onednn/conv2d/pointwise_weight.h"

#include <string.h>

#include "onednn/conv2d/pointwise_kernels.h"

/* So many pixels of one block of x and one of dy fit into the first cache. */
#define PART_PIXELS 200

#define BLOCK_SUMS (ONEDNN_LANES * ONEDNN_LANES)

/* One run. */
typedef struct weight_call {
    const onednn_pointwise_plan *plan;
    const float *x, *dy;
    float *sums, *dweight; /* sums: [thread][block of dy][block of x][input channel][lane] */
    int64_t parts, part_rows, part_columns; /* of an image */
} weight_call;

static int64_t thread_sums(const onednn_pointwise_plan *plan)
{
    return plan->from.blocks * plan->to.blocks * BLOCK_SUMS;
}

void onednn_pointwise_weight_plan(onednn_pointwise_plan *plan)
{
    plan->workspace_bytes = (uint64_t)thread_sums(plan) * (uint64_t)plan->n_threads * sizeof(float);
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
    pointwise_product product = { .x_pixel = from->pixel,
                                  .x_row = from->run,
                                  .dy_row = to->run,
                                  .rows = least(call->part_rows, plan->runs - row),
                                  .columns = least(call->part_columns, plan->run_pixels - column) };
    for (int64_t k = 0; k < to->blocks; k++)
        for (int64_t c = 0; c < from->blocks; c++) {
            product.x = x + c * from->block;
            product.dy = dy + k * to->block;
            product.sums = sums + (k * from->blocks + c) * BLOCK_SUMS;
            onednn_pointwise_product_add(&product);
        }
}

static void parts_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const weight_call *call = argument;
    float *sums = call->sums + thread * thread_sums(call->plan);
    memset(sums, 0, (size_t)thread_sums(call->plan) * sizeof *sums);
    for (int64_t part = begin; part < end; part++)
        part_add(call, part, sums);
}

/* Adds up the threads' sums of some pairs of blocks, as plain weights. */
static void sums_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const weight_call *call = argument;
    const onednn_pointwise_plan *plan = call->plan;
    int64_t n = least(plan->n_threads, plan->n * call->parts);
    (void)thread;
    for (int64_t pair = begin; pair < end; pair++) {
        int64_t k0 = pair / plan->from.blocks * ONEDNN_LANES;
        int64_t c0 = pair % plan->from.blocks * ONEDNN_LANES;
        int64_t n_k = least(ONEDNN_LANES, plan->to.channels - k0);
        int64_t n_c = least(ONEDNN_LANES, plan->from.channels - c0);
        float total[BLOCK_SUMS] = { 0 };
        for (int64_t t = 0; t < n; t++)
            for (int64_t i = 0; i < BLOCK_SUMS; i++)
                total[i] += call->sums[t * thread_sums(plan) + pair * BLOCK_SUMS + i];
        for (int64_t k = 0; k < n_k; k++)
            for (int64_t c = 0; c < n_c; c++)
                call->dweight[(k0 + k) * plan->from.channels + c0 + c] =
                    total[c * ONEDNN_LANES + k];
    }
}

void onednn_pointwise_weight_run(rn_context *context, const onednn_pointwise_plan *plan,
                                 const conv2d_pointers *at)
{
    weight_call call = {
        .plan = plan, .x = at->x, .dy = at->y, .sums = at->workspace, .dweight = at->w
    };
    parts_make(&call);
    cpu_parallel(context, plan->n * call.parts, parts_work, &call);
    cpu_parallel(context, plan->from.blocks * plan->to.blocks, sums_work, &call);
}
