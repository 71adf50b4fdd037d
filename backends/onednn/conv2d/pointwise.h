/* pointwise.h: 1x1 convolutions, forward and the gradient of data, as one of the algorithms: for
 * processors whose oneDNN has none for images in blocks of 16 channels. */
#ifndef BACKENDS_ONEDNN_CONV2D_POINTWISE_H
#define BACKENDS_ONEDNN_CONV2D_POINTWISE_H

#include "onednn/conv2d/plan.h"

/* False if it does not apply or memory ran out. */
bool onednn_conv2d_pointwise_make(const conv2d_problem *p, conv2d_plan *plan);
void onednn_conv2d_pointwise_run(rn_context *context, const conv2d_state *state,
                                 const conv2d_pointers *at);

#endif
