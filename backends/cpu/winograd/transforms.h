/* transforms.h: Winograd's transforms of 3x3 convolutions (Lavin and Gray, arXiv:1509.09308), of
 * LANES channels at a time, for tiles of 3x3 and of 4x4 outputs, and of 3x3 with stride 2. */
#ifndef BACKENDS_CPU_WINOGRAD_TRANSFORMS_H
#define BACKENDS_CPU_WINOGRAD_TRANSFORMS_H

#include "cpu/winograd/lanes.h"

/* A row of tiles. `pixels`: lanes of images or weights, pixel (i,j) of tile t is at
 * pixels + i * row + (t * step + j) * LANES. `points`: the transformed tiles, values at side * side
 * points, those at point p of tile t at points + p * plane + t * LANES. */
typedef struct winograd_tiles {
    float *pixels;
    int64_t row, step;
    float *points;
    int64_t plane;
    int64_t count; /* tiles */
} winograd_tiles;

/* The transforms of one tile size. They compute points from pixels unless noted otherwise. */
typedef struct winograd_transforms {
    const char *name;
    /* In each direction: outputs of a tile, inputs, inputs from one tile to the next, points. */
    int tile, span, step, side;
    void (*input)(const winograd_tiles *t);           /* B^T d B,   span x span pixels */
    void (*output)(const winograd_tiles *t);          /* A^T m A,   tile x tile pixels of points */
    void (*output_gradient)(const winograd_tiles *t); /* A dy A^T,  tile x tile pixels */
    void (*weight)(const winograd_tiles *t);          /* G g G^T,   3 x 3 pixels */
    void (*weight_gradient)(const winograd_tiles *t); /* G^T dU G,  3 x 3 pixels from points */
} winograd_transforms;

extern const winograd_transforms winograd_tile_3, winograd_tile_4, winograd_stride_2;

/* The gradient of data of a convolution with stride 2 and padding 1; without the gradients. */
extern const winograd_transforms winograd_stride_2_turned;

#endif
