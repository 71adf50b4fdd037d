/* tile_weights.h: weights as tiles read them, and their gradients as they sum them up. */
#ifndef BACKENDS_ONEDNN_CONV2D_TILE_WEIGHTS_H
#define BACKENDS_ONEDNN_CONV2D_TILE_WEIGHTS_H

#include "onednn/conv2d/plan.h"

/* Sets the plan's layouts, the weights packed as this says. False if memory ran out. */
bool onednn_tile_layouts(const conv2d_problem *p, const onednn_tile_packing *packing,
                         conv2d_plan *plan);

/* Floats of packed weights, and of a thread's sums, which are in the same order. */
int64_t onednn_tile_floats(const onednn_tile_packing *packing);

/* Floats of a block of outputs. */
int64_t onednn_tile_block_floats(const onednn_tile_packing *packing);

/* The bias of a block's lanes: 0 where there is none, or no such channel. */
void onednn_tile_start(const float *bias, int64_t channels, int64_t block,
                       float start[ONEDNN_LANES]);

/* Adds up the sums of `n` threads, each after the other, as plain weights. */
void onednn_tile_sums_finish(rn_context *context, const onednn_tile_packing *packing,
                             const float *sums, int64_t n, float *dweight);

#endif
