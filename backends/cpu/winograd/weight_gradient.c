/* weight_gradient.c: the gradient of weights by Winograd's algorithm, the adjoint of the
 * convolution: dw = G^T (sum over tiles of (A dy A^T) (B^T x B)) G. The items of a strip are
 * transformed by all threads, then the points are divided among them. */
#include "cpu/winograd/weight_gradient.h"

#include <string.h>

#include "cpu/winograd/traversal.h"

/* Bytes of transformed tiles in a strip, for each thread, so that they stay in its second-level
 * cache, or as much as the sums, which every strip reads and writes once. On Zen 4, one thread,
 * batch 128: 64 channels at 24x24 take 23 ms with 1 MB, 26 with 4 MB, 37 with 8 MB; 128 to 256
 * channels at 12x12 with stride 2 (sums of 6 MB) 36 with 5 MB, 27 with 10 MB. */
#define STRIP_BYTES (1024 * 1024)

/* Tiles of an item: what a thread transforms at a time. */
#define ITEM_TILES 32

typedef struct weight_call {
    const winograd_call *call;
    winograd_geometry g;
    int64_t first, end; /* items of the strip */
    float *sums, *inputs, *outputs;
    int64_t panel, input_plane, output_plane;
} weight_call;

static int64_t strip_tiles(const winograd_plan *plan, const winograd_geometry *g)
{
    return plan->strip_items * plan->items.most_images * plan->items.most_rows * g->columns;
}

/* Items lie in a strip one after the other, whether they are complete or not. */
static int64_t strip_offset(const weight_call *w, const items_item *item)
{
    items_item first = items_at(&w->call->plan->items, w->first);
    return winograd_first_tile(&w->g, item) - winograd_first_tile(&w->g, &first);
}

/* A unit is LANES channels of x or of dy in one item. */
static void transform_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const weight_call *w = argument;
    const winograd_geometry *g = &w->g;
    int64_t panels = g->from_panels + g->to_panels;
    float *band = winograd_slice(w->call, thread);
    memset(band, 0, 2 * (size_t)winograd_band_floats(g) * sizeof *band);
    for (int64_t i = begin; i < end; i++) {
        items_item item = items_at(&w->call->plan->items, w->first + i / panels);
        int64_t panel = i % panels, tile = strip_offset(w, &item);
        winograd_traversal traversal = { .g = g, .item = &item };
        if (panel < g->from_panels) {
            traversal.image = &g->from;
            traversal.channel = panel * LANES;
            traversal.band = band;
            traversal.points = w->inputs + panel * w->panel + tile * LANES;
            traversal.plane = w->input_plane;
            winograd_transform_input(&traversal);
        } else {
            traversal.image = &g->to;
            traversal.channel = (panel - g->from_panels) * LANES;
            traversal.band = band + winograd_band_floats(g);
            traversal.points = w->outputs + (panel - g->from_panels) * w->panel + tile * LANES;
            traversal.plane = w->output_plane;
            winograd_transform_output_gradient(&traversal);
        }
    }
}

/* A unit is one panel of x at one point. */
static void product_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const weight_call *w = argument;
    const winograd_geometry *g = &w->g;
    items_item last = items_at(&w->call->plan->items, w->end - 1);
    int64_t tiles = strip_offset(w, &last) + winograd_item_tiles(g, &last);
    const winograd_products *products = winograd_products_best();
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        int64_t p = i / g->from_panels, panel = i % g->from_panels;
        products->multiply_columns(&(winograd_product){
            .a = w->inputs + p * w->input_plane + panel * w->panel,
            .b = w->outputs + p * w->output_plane,
            .b_panel = w->panel,
            .c = w->sums + p * winograd_weight_plane(g) + panel * LANES * LANES,
            .c_panel = winograd_weight_panel(g),
            .n_rows = LANES,
            .n_panels = g->to_panels,
            .depth = tiles,
            .adds = w->first > 0 });
    }
}

static void weight_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const weight_call *w = argument;
    const winograd_geometry *g = &w->g;
    const winograd_plan *plan = w->call->plan;
    const float no_bias[LANES] = { 0 };
    float pixels[LANES * 9 * LANES] __attribute__((aligned(64)));
    (void)thread;
    for (int64_t k = begin * LANES; k < end * LANES; k += LANES)
        for (int64_t c = 0; c < plan->c; c += LANES) {
            winograd_tiles tiles = { .pixels = pixels,
                                     .row = 3 * LANES,
                                     .step = 9,
                                     .points =
                                         w->sums + k / LANES * winograd_weight_panel(g) + c * LANES,
                                     .plane = winograd_weight_plane(g),
                                     .count = items_min(LANES, plan->c - c) };
            g->transforms->weight_gradient(&tiles);
            lanes_target target = { w->call->dweight + (k * plan->c + c) * 9, plan->c * 9,
                                    items_min(LANES, plan->k - k), no_bias, NULL };
            winograd_scatter(pixels, tiles.count * 9, &target);
        }
}

void winograd_grad_weight_run(const winograd_call *call)
{
    const winograd_plan *plan = call->plan;
    weight_call w = { .call = call, .g = winograd_geometry_of(plan), .sums = call->workspace };
    winograd_geometry *g = &w.g;
    g->from.pixels = call->x;
    g->to.pixels = call->y;
    w.panel = winograd_panel(strip_tiles(plan, g));
    w.input_plane = winograd_plane(strip_tiles(plan, g), g->from_panels);
    w.output_plane = winograd_plane(strip_tiles(plan, g), g->to_panels);
    w.inputs = w.sums + g->points * winograd_weight_plane(g);
    w.outputs = w.inputs + g->points * w.input_plane;
    int64_t panels = g->from_panels + g->to_panels;
    for (; w.first < plan->items.count; w.first += plan->strip_items) {
        w.end = items_min(plan->items.count, w.first + plan->strip_items);
        cpu_parallel(call->context, (w.end - w.first) * panels, transform_work, &w);
        cpu_parallel(call->context, g->points * g->from_panels, product_work, &w);
    }
    cpu_parallel(call->context, g->to_panels, weight_work, &w);
}

void winograd_grad_weight_plan(winograd_plan *plan, const items_work *work)
{
    winograd_geometry g = winograd_geometry_of(plan);
    int64_t tile_floats = g.points * (g.from_panels + g.to_panels) * LANES;
    int64_t strip_floats = items_max(work->n_threads * STRIP_BYTES / (int64_t)sizeof(float),
                                     g.points * winograd_weight_plane(&g));
    int64_t wanted = strip_floats / tile_floats;
    plan->items = items_cut(work, ITEM_TILES);
    int64_t item_tiles = plan->items.most_images * plan->items.most_rows * g.columns;
    plan->strip_items = items_min(plan->items.count, items_max(1, wanted / item_tiles));
    int64_t tiles = strip_tiles(plan, &g);
    plan->slice_floats = 2 * (uint64_t)winograd_band_floats(&g);
    plan->shared_floats =
        (uint64_t)(g.points * (winograd_weight_plane(&g) + winograd_plane(tiles, g.from_panels) +
                               winograd_plane(tiles, g.to_panels)));
}
