/* grouped_shape.h: a convolution with few channels a group, as its kernels see it. */
#ifndef BACKENDS_OPENCL_CONV2D_GROUPED_SHAPE_H
#define BACKENDS_OPENCL_CONV2D_GROUPED_SHAPE_H

#include "opencl/conv2d/algorithm.h"

extern const char GPU_TEXT(conv2d_grouped_shape)[];

enum { OPENCL_GROUPED_TAPS = 49 }; /* of a kernel, at most */

/* A pass as what is read and what is written. conv2d_grouped_shape.cl has the same.
 * Pairs are height, width; channels are those of a group. */
typedef struct opencl_grouped {
    int32_t images, groups, taps[2], stride[2], dilation[2], backward, relu;
    /* What is read: position i of phase a is pixel in_step * (first + i) + a - in_pad. */
    int32_t in_c, in[2], in_step[2], in_pad[2], in_phases[2];
    /* What is written: position i of phase a is pixel out_step * (first + i) + a - out_pad. */
    int32_t out_c, out[2], out_step[2], out_pad[2], out_phases[2];
    int32_t weight_in, weight_out;    /* from the weights of a channel to those of the next */
    int32_t first[2], count[2];       /* positions */
    int32_t shift[2];                 /* how many positions the farthest tap is away */
    int32_t tile_rows, pitch;         /* positions of a tile: rows, and what a row takes */
    int32_t plane, sums;              /* floats that a phase takes, and the sums of a channel */
    int32_t tile_images, part_images; /* of the gradient of weights */
} opencl_grouped;

/* The pass, but for tile_rows and what follows. */
opencl_grouped opencl_grouped_of(const gpu_convolution *conv);

#endif
