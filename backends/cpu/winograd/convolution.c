/* convolution.c: convolutions and their gradients of data: at each point of the transformed tiles
 * one product of matrices. */
#include "cpu/winograd/convolution.h"

#include <string.h>

#include "base/shape.h"
#include "cpu/epilogue.h"
#include "cpu/winograd/traversal.h"

/* Bytes of transformed tiles that an item takes, and the fewest tiles: every item reads all
 * transformed weights, from far away where they are large. Zen 4, one thread: 512 channels at 3x3,
 * batch 128, take 20 ms with 48 tiles, 18 with 96, 17 with 128; 256 channels at 28x28 with stride
 * 2, batch 32, 71, 65 and 61; 64 channels are the same with 0.8 to 4 MB. */
#define ITEM_BYTES (1536 * 1024)
#define ITEM_TILES_MIN 48
#define LARGE_WEIGHT_BYTES (8 * 1024 * 1024)
#define LARGE_ITEM_TILES_MIN 128

/* One run. An item's transformed inputs and outputs lie in a thread's slice; where items are cut
 * into parts of their output channels, all inputs are transformed first, and shared. */
typedef struct run_call {
    const winograd_call *call;
    winograd_geometry g;
    float *inputs; /* shared */
    int64_t input_panel, input_plane;
    int64_t output_panel, output_plane;
} run_call;

static int64_t item_tiles_max(const winograd_plan *plan, const winograd_geometry *g)
{
    return plan->items.most_images * plan->items.most_rows * g->columns;
}

/* Panels of output channels in a part, at most. */
static int64_t part_panels(const winograd_plan *plan, const winograd_geometry *g)
{
    return plan->parts ? (g->to_panels + plan->parts - 1) / plan->parts : g->to_panels;
}

static run_call run_of(const winograd_plan *plan)
{
    run_call run = { .g = winograd_geometry_of(plan) };
    int64_t tiles = item_tiles_max(plan, &run.g);
    /* An item in the shared matrix may begin anywhere in a block of the product. */
    int64_t inputs = plan->parts ? plan->n * run.g.rows * run.g.columns + WINOGRAD_ROWS : tiles;
    run.input_panel = winograd_panel(inputs);
    run.input_plane = winograd_plane(inputs, run.g.from_panels);
    run.output_panel = winograd_panel(tiles);
    run.output_plane = winograd_plane(tiles, part_panels(plan, &run.g));
    return run;
}

/* The transformed inputs of an item, the first of them at `inputs`. */
typedef struct item_inputs {
    items_item item;
    float *band, *inputs;
} item_inputs;

static void panels_read(const run_call *run, const item_inputs *at, int64_t begin, int64_t end)
{
    winograd_traversal traversal = { .g = &run->g,
                                     .image = &run->g.from,
                                     .item = &at->item,
                                     .band = at->band,
                                     .plane = run->input_plane };
    for (int64_t panel = begin; panel < end; panel++) {
        traversal.channel = panel * LANES;
        traversal.points = at->inputs + panel * run->input_panel;
        winograd_transform_input(&traversal);
    }
}

/* Output panels [begin, end) of an item. */
static void panels_write(const run_call *run, const item_inputs *at, int64_t begin, int64_t end)
{
    const winograd_geometry *g = &run->g;
    const winograd_products *products = winograd_products_best();
    float *outputs = at->band + winograd_band_floats(g);
    for (int64_t p = 0; p < g->points; p++)
        products->multiply(&(winograd_product){
            .a = at->inputs + p * run->input_plane,
            .a_panel = run->input_panel,
            .b = run->call->transformed + p * winograd_weight_plane(g) +
                 begin * winograd_weight_panel(g),
            .b_panel = winograd_weight_panel(g),
            .c = outputs + p * run->output_plane,
            .c_panel = run->output_panel,
            .n_rows = winograd_panel(winograd_item_tiles(g, &at->item)) / LANES,
            .n_panels = end - begin,
            .depth = g->from_panels * LANES });
    winograd_traversal traversal = { .g = g,
                                     .image = &g->to,
                                     .item = &at->item,
                                     .band = at->band,
                                     .plane = run->output_plane,
                                     .call = run->call };
    for (int64_t panel = begin; panel < end; panel++) {
        traversal.channel = panel * LANES;
        traversal.points = outputs + (panel - begin) * run->output_panel;
        winograd_transform_output(&traversal);
    }
}

static void band_clear(const run_call *run, float *band)
{
    memset(band, 0, (size_t)winograd_band_floats(&run->g) * sizeof *band);
}

/* relu on channels [begin, end) of an item in planes, to which bias and z have been added. */
static void planes_finish(const run_call *run, const items_item *item, int64_t begin, int64_t end)
{
    const winograd_call *call = run->call;
    const winograd_image *y = &run->g.to;
    int64_t tile = run->g.transforms->tile;
    int64_t row1 = items_min(y->h, item->row1 * tile);
    if (y->blocked || !call->relu)
        return;
    for (int64_t n = item->n0; n < item->n1; n++)
        for (int64_t k = begin; k < items_min(end, y->channels); k++) {
            int64_t at = ((n * y->channels + k) * y->h + item->row0 * tile) * y->w;
            cpu_epilogue_apply(&(cpu_epilogue_pixels){ .y = y->pixels + at, .relu = true },
                               (row1 - item->row0 * tile) * y->w);
        }
}

static void items_work_whole(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const run_call *run = argument;
    const winograd_geometry *g = &run->g;
    float *slice = winograd_slice(run->call, thread);
    for (int64_t i = begin; i < end; i++) {
        item_inputs at = { items_at(&run->call->plan->items, i), slice,
                           slice + winograd_band_floats(g) + g->points * run->output_plane };
        band_clear(run, at.band);
        panels_read(run, &at, 0, g->from_panels);
        panels_write(run, &at, 0, g->to_panels);
        planes_finish(run, &at.item, 0, g->to.channels);
    }
}

static item_inputs shared_inputs(const run_call *run, int64_t index, int32_t thread)
{
    items_item item = items_at(&run->call->plan->items, index);
    return (item_inputs){ item, winograd_slice(run->call, thread),
                          run->inputs + winograd_first_tile(&run->g, &item) * LANES };
}

/* A unit is LANES channels of an item. */
static void inputs_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const run_call *run = argument;
    int64_t panels = run->g.from_panels;
    band_clear(run, winograd_slice(run->call, thread));
    for (int64_t i = begin; i < end; i++) {
        item_inputs at = shared_inputs(run, i / panels, thread);
        panels_read(run, &at, i % panels, i % panels + 1);
    }
}

/* A unit is a part of an item. */
static void parts_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const run_call *run = argument;
    int64_t parts = run->call->plan->parts, panels = run->g.to_panels;
    int64_t n_items = run->call->plan->items.count;
    for (int64_t i = begin; i < end; i++) {
        item_inputs at = shared_inputs(run, i % n_items, thread);
        int64_t first = i / n_items * panels / parts, last = (i / n_items + 1) * panels / parts;
        panels_write(run, &at, first, last);
        planes_finish(run, &at.item, first * LANES, last * LANES);
    }
}

void winograd_convolution_run(const winograd_call *call)
{
    const winograd_plan *plan = call->plan;
    bool forward = plan->pass == CONV2D_FORWARD;
    run_call run = run_of(plan);
    run.call = call;
    run.inputs = call->workspace;
    run.g.from.pixels = forward ? call->x : call->y;
    run.g.to.pixels = forward ? call->y : call->x;
    if (!plan->parts) {
        cpu_parallel(call->context, plan->items.count, items_work_whole, &run);
        return;
    }
    cpu_parallel(call->context, plan->items.count * run.g.from_panels, inputs_work, &run);
    cpu_parallel(call->context, plan->items.count * plan->parts, parts_work, &run);
}

/* Tiles that an item should have. */
static int64_t item_tiles_wanted(const winograd_geometry *g)
{
    int64_t tile_bytes =
        g->points * (g->from_panels + g->to_panels) * LANES * (int64_t)sizeof(float);
    int64_t weight_bytes = g->points * winograd_weight_plane(g) * (int64_t)sizeof(float);
    return items_max(weight_bytes < LARGE_WEIGHT_BYTES ? ITEM_TILES_MIN : LARGE_ITEM_TILES_MIN,
                     ITEM_BYTES / tile_bytes);
}

void winograd_convolution_plan(winograd_plan *plan, const items_work *work)
{
    winograd_geometry g = winograd_geometry_of(plan);
    int64_t tiles = plan->n * g.rows * g.columns;
    plan->items = items_cut(work, item_tiles_wanted(&g));
    /* Where each thread has few tiles, it has all of them but not all weights. */
    if (work->n_threads > 1 &&
        (plan->items.count < work->n_threads || tiles < work->n_threads * ITEM_TILES_MIN)) {
        items_work rest = *work;
        plan->parts = items_min(g.to_panels, work->n_threads);
        rest.n_threads = (int32_t)shape_divide_up(work->n_threads, plan->parts);
        plan->items = items_cut(&rest, shape_divide_up(tiles, rest.n_threads));
    }
    run_call run = run_of(plan);
    int64_t inputs = g.points * run.input_plane, outputs = g.points * run.output_plane;
    plan->shared_floats = plan->parts ? (uint64_t)inputs : 0;
    plan->slice_floats =
        (uint64_t)(winograd_band_floats(&g) + outputs + (plan->parts ? 0 : inputs));
}
