/* pointwise_kernels.h: the inner loops of 1x1 convolutions, for the instruction set that the
 * processor has. A pixel is 16 channels, as floats. */
#ifndef BACKENDS_ONEDNN_CONV2D_POINTWISE_KERNELS_H
#define BACKENDS_ONEDNN_CONV2D_POINTWISE_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

/* Some pixels of one block of outputs: start + z + the sum over input channels. Steps are in
 * floats. */
typedef struct pointwise_tile {
    const float *from;
    int64_t from_pixel, from_block, blocks; /* of input channels */
    const float *weight;                    /* [input channel][lane] */
    const float *start;                     /* of the lanes; NULL: goes on from what `to` holds */
    const float *z;                         /* as `to`; NULL: none */
    float *to;
    int64_t to_pixel;
    bool relu;
    int32_t size; /* pixels */
} pointwise_tile;

/* The most pixels that a tile has. */
int32_t onednn_pointwise_tile_size(void);

void onednn_pointwise_tile_compute(const pointwise_tile *tile);

/* sums[input channel][lane] += sum over rows and columns of x's channel * dy's lane. */
typedef struct pointwise_product {
    const float *x, *dy;            /* a block of each */
    int64_t x_pixel, x_row, dy_row; /* floats from one to the next */
    int64_t rows, columns;
    float *sums;
} pointwise_product;

void onednn_pointwise_product_add(const pointwise_product *product);

#endif
