/* conv2d_winograd.h: what Winograd's convolution and its gradient of weights share. */
#ifndef RN_BACKENDS_CPU_BLAS_CONV2D_WINOGRAD_H
#define RN_BACKENDS_CPU_BLAS_CONV2D_WINOGRAD_H

#include "cpu_blas/conv2d.h"
#include "cpu_blas/winograd.h"
#include "cpu_blas/winograd_product.h"

/* An image as the transforms walk over it. */
typedef struct winograd_image {
    float *planes; /* of the first image */
    int64_t channels, h, w;
    int64_t top, left; /* padding before */
} winograd_image;

/* The transformed operands are matrices, one for each point: inputs (tile, channel), weights (input
 * channel, output channel), outputs (tile, channel), as panels of LANES columns
 * (winograd_product.h). */
typedef struct winograd_geometry {
    const winograd_transforms *transforms;
    winograd_image from, to;  /* of the gradient of weights: x and dy; planes NULL */
    int64_t rows, columns;            /* of tiles in an image */
    int64_t points;                   /* of a tile */
    int64_t from_panels, to_panels;   /* channels in LANES */
    int64_t band_row;                 /* floats of a row of pixels, its padding included */
} winograd_geometry;

winograd_geometry winograd_geometry_of(const conv2d_plan *plan);

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
    return cpu_blas_max(g->transforms->span, g->transforms->tile) * g->band_row;
}

/* Tiles of an item. */
static inline int64_t winograd_item_tiles(const winograd_geometry *g, const conv2d_item *i)
{
    return (i->n1 - i->n0) * (i->row1 - i->row0) * g->columns;
}

/* Transforms LANES channels of an item. */
typedef struct winograd_walk {
    const winograd_geometry *g;
    const winograd_image *image;
    const conv2d_item *item;
    int64_t channel;
    float *band;   /* winograd_band_floats; cleared once, before the first use with this image */
    float *points; /* of the item's first tile and the first channels */
    int64_t plane, panel;
    const float *bias; /* of all channels; NULL: none */
} winograd_walk;

void winograd_walk_input(const winograd_walk *walk);
void winograd_walk_output_gradient(const winograd_walk *walk);
void winograd_walk_output(const winograd_walk *walk);

void winograd_grad_weight_plan(conv2d_plan *plan);

#endif
