/* walk.c: the walk over an item's tiles, between images and transformed matrices. */
#include <string.h>

#include "common/winograd/geometry.h"

/* Row y of the walk's channels in image n. */
static float *row_at(const winograd_walk *walk, int64_t n, int64_t y)
{
    const winograd_image *image = walk->image;
    if (image->blocked) {
        int64_t block = n * winograd_panels(image->channels) + walk->channel / LANES;
        return image->pixels + (block * image->h + y) * image->w * LANES;
    }
    return image->pixels + ((n * image->channels + walk->channel) * image->h + y) * image->w;
}

static int64_t lanes_of(const winograd_walk *walk)
{
    return items_min(LANES, walk->image->channels - walk->channel);
}

/* What is read: rows of tiles of `span` pixels each way, `step` apart. */
typedef struct reader {
    int span, step;
    void (*transform)(const winograd_tiles *tiles);
} reader;

/* Columns [begin, end), the padding counted, of `count` rows from `first` on; rows outside of the
 * image are zero. */
typedef struct band_part {
    int64_t n, first, begin, end;
    int count;
} band_part;

static void band_read(const winograd_walk *walk, const band_part *part)
{
    const winograd_image *image = walk->image;
    int64_t begin = items_max(0, part->begin - image->left);
    int64_t end = items_min(image->w, part->end - image->left);
    if (begin >= end)
        return;
    for (int64_t y = part->first; y < part->first + part->count; y++) {
        float *to = walk->band + (y - part->first) * walk->g->band_row +
                    (image->left + begin) * LANES;
        size_t bytes = (size_t)((end - begin) * LANES) * sizeof *to;
        if (y < 0 || y >= image->h)
            memset(to, 0, bytes);
        else if (image->blocked)
            memcpy(to, row_at(walk, part->n, y) + begin * LANES, bytes);
        else
            lanes_gather(row_at(walk, part->n, y) + begin, image->h * image->w, lanes_of(walk),
                         end - begin, to);
    }
}

/* Tiles [begin, end) of the row that begins with the item's tile `tile`, by way of the band. */
typedef struct tiles_part {
    int64_t n, first, tile, begin, end;
} tiles_part;

static void tiles_copy(const winograd_walk *walk, const reader *r, const tiles_part *part)
{
    band_part band = { part->n, part->first, part->begin * r->step,
                       (part->end - 1) * r->step + r->span, r->span };
    if (part->begin >= part->end)
        return;
    band_read(walk, &band);
    r->transform(&(winograd_tiles){ .pixels = walk->band + band.begin * LANES,
                                    .row = walk->g->band_row, .step = r->step,
                                    .points = walk->points + (part->tile + part->begin) * LANES,
                                    .plane = walk->plane, .count = part->end - part->begin });
}

/* Tiles of a blocked image that lie inside of it are read where they are. */
static void tiles_read(const winograd_walk *walk, const reader *r, const tiles_part *row)
{
    const winograd_image *image = walk->image;
    tiles_part left = *row, right = *row;
    bool inside = image->blocked && row->first >= 0 && row->first + r->span <= image->h &&
                  image->left + image->w >= r->span;
    if (!inside) {
        tiles_copy(walk, r, row);
        return;
    }
    int64_t begin = items_min(row->end, (image->left + r->step - 1) / r->step);
    int64_t end = items_min(row->end, (image->left + image->w - r->span) / r->step + 1);
    left.end = begin;
    right.begin = items_max(begin, end);
    tiles_copy(walk, r, &left);
    if (begin < end)
        r->transform(&(winograd_tiles){
            .pixels = row_at(walk, row->n, row->first) +
                      (begin * r->step - image->left) * LANES,
            .row = image->w * LANES, .step = r->step,
            .points = walk->points + (row->tile + begin) * LANES, .plane = walk->plane,
            .count = end - begin });
    tiles_copy(walk, r, &right);
}

static void item_read(const winograd_walk *walk, const reader *r)
{
    const items_item *item = walk->item;
    tiles_part row = { .end = walk->g->columns };
    for (row.n = item->n0; row.n < item->n1; row.n++)
        for (int64_t i = item->row0; i < item->row1; i++) {
            row.first = i * r->step - walk->image->top;
            tiles_read(walk, r, &row);
            row.tile += walk->g->columns;
        }
}

void winograd_walk_input(const winograd_walk *walk)
{
    const winograd_transforms *t = walk->g->transforms;
    item_read(walk, &(reader){ t->span, t->step, t->input });
}

void winograd_walk_output_gradient(const winograd_walk *walk)
{
    const winograd_transforms *t = walk->g->transforms;
    item_read(walk, &(reader){ t->tile, t->tile, t->output_gradient });
}

/* The band's rows to the image from row `first` on. */
static void band_write(const winograd_walk *walk, const lanes_epilogue *epilogue, int64_t n,
                       int64_t first)
{
    const winograd_image *image = walk->image;
    int64_t end = items_min(image->h, first + walk->g->transforms->tile);
    for (int64_t y = first; y < end; y++) {
        const float *from = walk->band + (y - first) * walk->g->band_row;
        float *to = row_at(walk, n, y);
        if (image->blocked) {
            lanes_epilogue row = *epilogue;
            row.z = row.z ? row.z + (to - image->pixels) : NULL;
            lanes_finish(from, image->w, &row, to);
        } else {
            lanes_scatter(from, image->w,
                          &(lanes_place){ to, image->h * image->w, lanes_of(walk),
                                          epilogue->bias });
        }
    }
}

void winograd_walk_output(const winograd_walk *walk)
{
    const winograd_geometry *g = walk->g;
    const winograd_call *call = walk->call;
    lanes_epilogue epilogue = { .z = call->z, .relu = call->relu };
    if (call->bias)
        memcpy(epilogue.bias, call->bias + walk->channel,
               (size_t)lanes_of(walk) * sizeof *epilogue.bias);
    winograd_tiles tiles = { .pixels = walk->band, .row = g->band_row,
                             .step = g->transforms->tile, .points = walk->points,
                             .plane = walk->plane, .count = g->columns };
    for (int64_t n = walk->item->n0; n < walk->item->n1; n++)
        for (int64_t row = walk->item->row0; row < walk->item->row1; row++) {
            g->transforms->output(&tiles);
            band_write(walk, &epilogue, n, row * g->transforms->tile);
            tiles.points += g->columns * LANES;
        }
}
