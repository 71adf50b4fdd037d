/* tiles.h: the inner loops of convolutions of which each result is a sum of few products at a time:
 * pixels of a tile by 16 outputs, for the instruction set that the processor has. Steps from one
 * thing to the next are in floats. */
#ifndef BACKENDS_ONEDNN_CONV2D_TILES_H
#define BACKENDS_ONEDNN_CONV2D_TILES_H

#include <stdbool.h>
#include <stdint.h>

/* Some pixels of one block of outputs: start + z + the sum of inputs * weights. The inputs of a
 * pixel are `blocks` times `steps` numbers that follow each other. */
typedef struct conv2d_tile {
    const float *from;
    int64_t from_pixel, from_block, blocks, steps;
    const float *weight; /* [input][lane] */
    const float *start;  /* of the lanes; NULL: goes on from what `to` holds */
    const float *z;      /* as `to`; NULL: none */
    float *to;
    int64_t to_pixel;
    bool relu;
    int32_t size; /* pixels */
} conv2d_tile;

/* The most pixels that a tile has. */
int32_t onednn_tile_size(void);

void onednn_tile_compute(const conv2d_tile *tile);

/* sums[i][lane] += sum over rows and columns of x's number i * dy's lane. */
typedef struct tile_product {
    const float *x, *dy;
    int64_t x_pixel, x_row, dy_row;
    int64_t x_ahead; /* to what is read in the next product */
    int64_t rows, columns;
    float *sums;
    int64_t count; /* of sums */
} tile_product;

void onednn_tile_product_add(const tile_product *product);

#endif
