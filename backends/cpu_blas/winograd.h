/* winograd.h: Winograd's transforms of 3x3 convolutions (Lavin and Gray, arXiv:1509.09308), of LANES
 * channels at a time, for tiles of 3x3 and of 4x4 outputs. */
#ifndef RN_BACKENDS_CPU_BLAS_WINOGRAD_H
#define RN_BACKENDS_CPU_BLAS_WINOGRAD_H

#include "cpu_blas/lanes.h"

#define WINOGRAD_TILE_MAX 4
#define WINOGRAD_SIDE_MAX (WINOGRAD_TILE_MAX + 2)

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

/* The transforms that one tile size has. Of points from pixels unless said otherwise. */
typedef struct winograd_transforms {
    int tile, side; /* outputs and inputs of a tile, in each direction */
    void (*input)(const winograd_tiles *t);           /* B^T d B,   side x side pixels */
    void (*output)(const winograd_tiles *t);          /* A^T m A,   tile x tile pixels from points */
    void (*output_gradient)(const winograd_tiles *t); /* A dy A^T,  tile x tile pixels */
    void (*weight)(const winograd_tiles *t);          /* G g G^T,   3 x 3 pixels */
    void (*weight_gradient)(const winograd_tiles *t); /* G^T dU G,  3 x 3 pixels from points */
} winograd_transforms;

extern const winograd_transforms winograd_tile_3, winograd_tile_4;

#endif
