/* conv2d_winograd.c: 3x3 convolutions with stride 1, and their gradients of data, by Winograd's
 * algorithm: at each point of the transformed tiles one product of matrices. */
#include "cpu_blas/conv2d_winograd.h"

#include <string.h>

/* Bytes of transformed tiles that an item takes. */
#define ITEM_BYTES (1536 * 1024)
#define ITEM_TILES_MIN 48

/* Transforming the weights takes as long as the products of about 30 tiles. */
#define TILES_MIN 64

/* Of the products of the direct algorithm, so many may be left to pay for the transforms. */
#define PRODUCTS_SHARE 0.8

winograd_geometry winograd_geometry_of(const conv2d_plan *plan)
{
    const conv2d_shape *s = &plan->s;
    int64_t top = s->rows.padding, left = s->columns.padding;
    winograd_image x = { NULL, s->c, s->h, s->w, top, left };
    winograd_image y = { NULL, s->k, s->p, s->q, 0, 0 };
    winograd_geometry g = { .transforms = plan->transforms, .from = x, .to = y };
    const winograd_transforms *t = g.transforms;
    if (plan->role == CONV2D_GRAD_INPUT) {
        /* dx is the convolution of dy, padded by what completes 3 - 1, with the turned weights;
         * with stride 2 its first pixel sees the first of dy. */
        int64_t whole = s->rows.stride == 1 ? 2 : 1;
        g.from = (winograd_image){ NULL, s->k, s->p, s->q, whole - top, whole - left };
        g.to = (winograd_image){ NULL, s->c, s->h, s->w, 0, 0 };
    }
    g.rows = (g.to.h + t->tile - 1) / t->tile;
    g.columns = (g.to.w + t->tile - 1) / t->tile;
    g.points = t->side * t->side;
    g.from_panels = cpu_blas_round(g.from.channels) / LANES;
    g.to_panels = cpu_blas_round(g.to.channels) / LANES;
    int64_t inputs = (g.columns - 1) * t->step + t->span;
    g.band_row = cpu_blas_max(cpu_blas_max(inputs, g.from.left + g.from.w), g.columns * t->tile) *
                 LANES;
    return g;
}

/* Lanes of rows [first, first + count) of one image; rows outside of it are zero. */
static void band_read(const winograd_walk *walk, int64_t n, int64_t first, int count)
{
    const winograd_image *image = walk->image;
    int64_t plane = image->h * image->w;
    int64_t n_lanes = cpu_blas_min(LANES, image->channels - walk->channel);
    const float *from = image->planes + (n * image->channels + walk->channel) * plane;
    for (int64_t y = first; y < first + count; y++) {
        float *to = walk->band + (y - first) * walk->g->band_row + image->left * LANES;
        if (y >= 0 && y < image->h)
            lanes_gather(from + y * image->w, plane, n_lanes, image->w, to);
        else
            memset(to, 0, (size_t)(image->w * LANES) * sizeof *to);
    }
}

static void band_write(const winograd_walk *walk, int64_t n, int64_t first)
{
    const winograd_image *image = walk->image;
    int64_t plane = image->h * image->w;
    int64_t end = cpu_blas_min(image->h, first + walk->g->transforms->tile);
    float *to = image->planes + (n * image->channels + walk->channel) * plane;
    lanes_place place = { .stride = plane,
                          .n_lanes = cpu_blas_min(LANES, image->channels - walk->channel),
                          .bias = walk->bias ? walk->bias + walk->channel : NULL };
    for (int64_t y = first; y < end; y++) {
        place.to = to + y * image->w;
        lanes_scatter(walk->band + (y - first) * walk->g->band_row, image->w, &place);
    }
}

/* The row of tiles that begins with the item's tile `t`. */
static winograd_tiles tiles_at(const winograd_walk *walk, int64_t t, int step)
{
    const winograd_geometry *g = walk->g;
    return (winograd_tiles){ .pixels = walk->band, .row = g->band_row,
                             .step = step,
                             .points = walk->points + walk->channel / LANES * walk->panel +
                                       t * LANES,
                             .plane = walk->plane, .count = g->columns };
}

void winograd_walk_input(const winograd_walk *walk)
{
    const winograd_transforms *transforms = walk->g->transforms;
    int64_t t = 0;
    for (int64_t n = walk->item->n0; n < walk->item->n1; n++)
        for (int64_t row = walk->item->row0; row < walk->item->row1; row++) {
            winograd_tiles tiles = tiles_at(walk, t, transforms->step);
            band_read(walk, n, row * transforms->step - walk->image->top, transforms->span);
            transforms->input(&tiles);
            t += walk->g->columns;
        }
}

void winograd_walk_output_gradient(const winograd_walk *walk)
{
    const winograd_transforms *transforms = walk->g->transforms;
    int64_t t = 0;
    for (int64_t n = walk->item->n0; n < walk->item->n1; n++)
        for (int64_t row = walk->item->row0; row < walk->item->row1; row++) {
            winograd_tiles tiles = tiles_at(walk, t, transforms->tile);
            band_read(walk, n, row * transforms->tile, transforms->tile);
            transforms->output_gradient(&tiles);
            t += walk->g->columns;
        }
}

void winograd_walk_output(const winograd_walk *walk)
{
    const winograd_transforms *transforms = walk->g->transforms;
    int64_t t = 0;
    for (int64_t n = walk->item->n0; n < walk->item->n1; n++)
        for (int64_t row = walk->item->row0; row < walk->item->row1; row++) {
            winograd_tiles tiles = tiles_at(walk, t, transforms->tile);
            transforms->output(&tiles);
            band_write(walk, n, row * transforms->tile);
            t += walk->g->columns;
        }
}

/* Weights of LANES output channels and LANES input channels as pixels, input channel by input
 * channel, zeros where there is none. */
static void weights_read(const conv2d_call *call, int64_t from, int64_t to, float *pixels)
{
    const conv2d_shape *s = &call->plan->s;
    memset(pixels, 0, LANES * 9 * LANES * sizeof *pixels);
    if (call->plan->role == CONV2D_FORWARD) {
        lanes_gather(call->weight + (to * s->c + from) * 9, s->c * 9,
                     cpu_blas_min(LANES, s->k - to), cpu_blas_min(LANES, s->c - from) * 9, pixels);
        return;
    }
    for (int64_t k = from; k < cpu_blas_min(from + LANES, s->k); k++, pixels += 9 * LANES) {
        float turned[9 * LANES];
        lanes_gather(call->weight + (k * s->c + to) * 9, 9, cpu_blas_min(LANES, s->c - to), 9,
                     turned);
        for (int i = 0; i < 9; i++)
            memcpy(pixels + i * LANES, turned + (8 - i) * LANES, LANES * sizeof *pixels);
    }
}

static void weights_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const conv2d_call *call = argument;
    winograd_geometry g = winograd_geometry_of(call->plan);
    float pixels[LANES * 9 * LANES] __attribute__((aligned(64)));
    (void)thread;
    for (int64_t to = begin * LANES; to < end * LANES; to += LANES)
        for (int64_t from = 0; from < g.from.channels; from += LANES) {
            winograd_tiles tiles = { .pixels = pixels, .row = 3 * LANES, .step = 9,
                                     .points = call->workspace +
                                               to / LANES * winograd_weight_panel(&g) +
                                               from * LANES,
                                     .plane = winograd_weight_plane(&g), .count = LANES };
            weights_read(call, from, to, pixels);
            g.transforms->weight(&tiles);
        }
}

/* Where an item's matrices lie in a thread's slice. */
typedef struct item_room {
    float *band, *inputs, *outputs;
    int64_t input_plane, output_plane;
} item_room;

static int64_t item_tiles_max(const conv2d_plan *plan, const winograd_geometry *g)
{
    return plan->item_images * plan->item_rows * g->columns;
}

static item_room room_at(const conv2d_plan *plan, const winograd_geometry *g, float *slice)
{
    int64_t tiles = item_tiles_max(plan, g);
    item_room room = { .band = slice, .input_plane = winograd_plane(tiles, g->from_panels),
                       .output_plane = winograd_plane(tiles, g->to_panels) };
    room.inputs = slice + winograd_band_floats(g);
    room.outputs = room.inputs + g->points * room.input_plane;
    return room;
}

static void item_run(const conv2d_call *call, const winograd_geometry *g, const conv2d_item *item,
                     const item_room *room)
{
    winograd_walk walk = { .g = g, .image = &g->from, .item = item, .band = room->band,
                           .points = room->inputs, .plane = room->input_plane,
                           .panel = winograd_panel(item_tiles_max(call->plan, g)) };
    memset(room->band, 0, (size_t)winograd_band_floats(g) * sizeof(float));
    for (; walk.channel < g->from.channels; walk.channel += LANES)
        winograd_walk_input(&walk);
    const winograd_products *products = winograd_products_best();
    for (int64_t p = 0; p < g->points; p++)
        products->multiply(&(winograd_product){
            .a = room->inputs + p * room->input_plane, .a_panel = walk.panel,
            .b = call->workspace + p * winograd_weight_plane(g),
            .b_panel = winograd_weight_panel(g),
            .c = room->outputs + p * room->output_plane, .c_panel = walk.panel,
            .n_rows = winograd_panel(winograd_item_tiles(g, item)) / LANES,
            .n_panels = g->to_panels, .depth = g->from_panels * LANES });
    walk.image = &g->to;
    walk.points = room->outputs;
    walk.plane = room->output_plane;
    walk.bias = call->bias;
    for (walk.channel = 0; walk.channel < g->to.channels; walk.channel += LANES)
        winograd_walk_output(&walk);
}

static void items_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const conv2d_call *call = argument;
    const conv2d_plan *plan = call->plan;
    winograd_geometry g = winograd_geometry_of(plan);
    item_room room = room_at(plan, &g, conv2d_slice(call, thread));
    bool forward = plan->role == CONV2D_FORWARD;
    g.from.planes = forward ? call->x : call->y;
    g.to.planes = forward ? call->y : call->x;
    for (int64_t i = begin; i < end; i++) {
        conv2d_item item = conv2d_item_at(plan, g.rows, i);
        item_run(call, &g, &item, &room);
        item.row0 *= g.transforms->tile;
        item.row1 = cpu_blas_min(g.to.h, item.row1 * g.transforms->tile);
        conv2d_item_finish(call, &item);
    }
}

static void winograd_run(const conv2d_call *call)
{
    conv2d_call copy = *call;
    winograd_geometry g = winograd_geometry_of(call->plan);
    cpu_parallel(call->context, g.to_panels, weights_work, &copy);
    cpu_parallel(call->context, call->plan->n_items, items_work, &copy);
}

/* Tiles of an image. */
static int64_t tiles_of(const conv2d_plan *plan, const winograd_transforms *t)
{
    const conv2d_shape *s = &plan->s;
    bool turned = plan->role == CONV2D_GRAD_INPUT;
    int64_t h = turned ? s->h : s->p, w = turned ? s->w : s->q;
    return (h + t->tile - 1) / t->tile * ((w + t->tile - 1) / t->tile);
}

static int64_t products_of(const conv2d_plan *plan, const winograd_transforms *t)
{
    return tiles_of(plan, t) * t->side * t->side;
}

/* The transforms that need the fewest products; NULL where there are none. */
static const winograd_transforms *transforms_of(const conv2d_plan *plan)
{
    const shape_window *rows = &plan->s.rows, *columns = &plan->s.columns;
    bool turned = plan->role == CONV2D_GRAD_INPUT;
    if (rows->kernel != 3 || columns->kernel != 3 || rows->stride != columns->stride ||
        rows->dilation != 1 || columns->dilation != 1 || rows->padding > 2 || columns->padding > 2)
        return NULL;
    if (rows->stride == 1)
        return products_of(plan, &winograd_tile_4) <= products_of(plan, &winograd_tile_3)
                   ? &winograd_tile_4 : &winograd_tile_3;
    if (rows->stride != 2 || (turned && (rows->padding != 1 || columns->padding != 1)))
        return NULL;
    return turned ? &winograd_stride_2_turned : &winograd_stride_2;
}

bool conv2d_winograd_fits(const conv2d_plan *plan)
{
    const conv2d_shape *s = &plan->s;
    const winograd_transforms *t = transforms_of(plan);
    if (!t || s->groups != 1 || s->c < LANES || s->k < LANES ||
        s->n * tiles_of(plan, t) < TILES_MIN)
        return false;
    return (double)products_of(plan, t) <= PRODUCTS_SHARE * (double)(9 * s->p * s->q);
}

void conv2d_winograd_plan(conv2d_plan *plan)
{
    plan->transforms = transforms_of(plan);
    if (plan->role == CONV2D_GRAD_WEIGHT) {
        winograd_grad_weight_plan(plan);
        return;
    }
    winograd_geometry g = winograd_geometry_of(plan);
    int64_t tile_bytes = g.points * (g.from_panels + g.to_panels) * LANES * (int64_t)sizeof(float);
    conv2d_items_plan(plan, g.rows, g.columns,
                      cpu_blas_max(ITEM_TILES_MIN, ITEM_BYTES / tile_bytes));
    item_room room = room_at(plan, &g, NULL);
    plan->slice_floats = (uint64_t)(winograd_band_floats(&g) +
                                    g.points * (room.input_plane + room.output_plane));
    plan->shared_floats = (uint64_t)(g.points * winograd_weight_plane(&g));
    plan->adds_bias = true;
    plan->run = winograd_run;
}
