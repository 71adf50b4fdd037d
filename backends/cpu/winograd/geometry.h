/* geometry.h: where the tiles and matrices of a plan lie. */
#ifndef BACKENDS_CPU_WINOGRAD_GEOMETRY_H
#define BACKENDS_CPU_WINOGRAD_GEOMETRY_H

#include "cpu/winograd/product.h"
#include "cpu/winograd/transforms.h"
#include "cpu/winograd/winograd.h"

/* An image as the transforms read and write it. */
typedef struct winograd_image {
    float *pixels; /* of the first image */
    int64_t channels, h, w;
    int64_t top, left; /* padding before */
    bool blocked;
} winograd_image;

/* The transformed operands are matrices, one for each point: inputs (tile, channel), weights (input
 * channel, output channel), outputs (tile, channel), as panels of LANES columns (product.h). */
typedef struct winograd_geometry {
    const winograd_transforms *transforms;
    winograd_image from, to;        /* of the gradient of weights: x and dy; pixels NULL */
    int64_t rows, columns;          /* of tiles in an image */
    int64_t points;                 /* of a tile */
    int64_t from_panels, to_panels; /* channels in LANES */
    int64_t band_row;               /* floats of a row of pixels, its padding included */
} winograd_geometry;

winograd_geometry winograd_geometry_of(const winograd_plan *plan);

/* Panels of LANES for so many channels. */
static inline int64_t winograd_panels(int64_t channels)
{
    return (channels + LANES - 1) / LANES;
}

/* Floats from one panel to the next: room for whole blocks of the product. */
static inline int64_t winograd_panel(int64_t rows)
{
    return (rows + WINOGRAD_ROWS - 1) / WINOGRAD_ROWS * WINOGRAD_ROWS * LANES;
}

/* Floats from one matrix to the next. An odd number of cache lines keeps the points of a tile from
 * falling on the same set of the cache. */
static inline int64_t winograd_plane(int64_t rows, int64_t panels)
{
    return winograd_panel(rows) * panels + LANES;
}

static inline int64_t winograd_weight_panel(const winograd_geometry *g)
{
    return winograd_panel(g->from_panels * LANES);
}

static inline int64_t winograd_weight_plane(const winograd_geometry *g)
{
    return winograd_plane(g->from_panels * LANES, g->to_panels);
}

static inline int64_t winograd_band_floats(const winograd_geometry *g)
{
    return items_max(g->transforms->span, g->transforms->tile) * g->band_row;
}

/* Tiles of an item, and of all before it. */
static inline int64_t winograd_item_tiles(const winograd_geometry *g, const items_item *i)
{
    return (i->n1 - i->n0) * (i->row1 - i->row0) * g->columns;
}

static inline int64_t winograd_first_tile(const winograd_geometry *g, const items_item *i)
{
    return (i->n0 * g->rows + i->row0) * g->columns;
}

static inline float *winograd_slice(const winograd_call *call, int32_t thread)
{
    return call->workspace + call->plan->shared_floats +
           (uint64_t)thread * call->plan->slice_floats;
}

#endif
