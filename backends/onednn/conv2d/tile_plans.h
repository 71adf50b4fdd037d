/* tile_plans.h: how convolutions in tiles are computed, on images in blocks of 16 channels. */
#ifndef BACKENDS_ONEDNN_CONV2D_TILE_PLANS_H
#define BACKENDS_ONEDNN_CONV2D_TILE_PLANS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/conv2d.h"

/* How weights are packed: [block of outputs][input][lane], with inputs up to a multiple of 16, and
 * zeros where there is no such input or output. An input is a channel, or a number of one tap. */
typedef struct onednn_tile_packing {
    int64_t inputs, outputs;
    int32_t turned; /* outputs and inputs are swapped, for the gradient of data */
} onednn_tile_packing;

/* The pixels of an image that take part, in floats from one to the next. */
typedef struct onednn_pointwise_side {
    int64_t pixel, run, block, image;
    int64_t blocks, channels;
} onednn_pointwise_side;

typedef struct onednn_pointwise_plan {
    conv2d_pass pass;
    int32_t n_threads;
    int64_t n;                      /* images */
    int64_t runs, run_pixels;       /* of an image: pixels that both sides have evenly spaced */
    onednn_pointwise_side from, to; /* of the gradient of weights: x and dy */
    int64_t tiles;                  /* of a run; their sizes differ by at most one pixel */
    int64_t groups;                 /* of blocks of outputs, computed one after the other */
    bool clears;                    /* pixels of `to` that take no part become 0, or z */
    onednn_tile_packing packing;
} onednn_pointwise_plan;

/* The input is plain, with few channels. */
typedef struct onednn_stem_plan {
    int32_t n_threads;
    int64_t n, channels, x_rows, x_columns;
    int64_t y_rows, y_columns, y_blocks, y_channels;
    int64_t kernel[2], stride[2], padding[2];
    int64_t tiles;       /* of a row */
    int64_t band_pixels; /* of a row of x with its padding, as far as a row of y reaches */
    int64_t band_floats; /* of all rows that a row of y meets */
    onednn_tile_packing packing;
} onednn_stem_plan;

#endif
