/* pointwise_plan.h: how a 1x1 convolution is computed, on images in blocks of 16 channels. */
#ifndef BACKENDS_ONEDNN_CONV2D_POINTWISE_PLAN_H
#define BACKENDS_ONEDNN_CONV2D_POINTWISE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/conv2d.h"

/* The pixels of an image that take part, in floats from one to the next. */
typedef struct onednn_pointwise_side {
    int64_t pixel, run, block, image;
    int64_t blocks, channels;
} onednn_pointwise_side;

/* How weights are packed: [block of outputs][input channel of all blocks][lane], with zeros where
 * channels fill no block. */
typedef struct onednn_pointwise_packing {
    int64_t inputs, outputs; /* channels */
    int32_t turned;          /* outputs and inputs are swapped, for the gradient of data */
} onednn_pointwise_packing;

typedef struct onednn_pointwise_plan {
    conv2d_pass pass;
    int32_t n_threads;
    int64_t n;                      /* images */
    int64_t runs, run_pixels;       /* of an image: pixels that both sides have evenly spaced */
    onednn_pointwise_side from, to; /* of the gradient of weights: x and dy */
    int64_t tiles;                  /* of a run; their sizes differ by at most one pixel */
    int64_t groups;                 /* of blocks of outputs, computed one after the other */
    bool clears;                    /* pixels of `to` that take no part become 0 */
    onednn_pointwise_packing packing;
    uint64_t weight_bytes, workspace_bytes;
} onednn_pointwise_plan;

#endif
