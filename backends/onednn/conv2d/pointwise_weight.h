/* pointwise_weight.h: the gradient of a 1x1 convolution's weights. */
#ifndef BACKENDS_ONEDNN_CONV2D_POINTWISE_WEIGHT_H
#define BACKENDS_ONEDNN_CONV2D_POINTWISE_WEIGHT_H

#include "onednn/conv2d/plan.h"

uint64_t onednn_pointwise_weight_workspace(const onednn_pointwise_plan *plan);

/* Sums are in a fixed order for a number of threads. */
void onednn_pointwise_weight_run(rn_context *context, const onednn_pointwise_plan *plan,
                                 const conv2d_pointers *at);

#endif
