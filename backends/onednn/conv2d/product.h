/* product.h: the gradient of a 1x1 convolution's weights as a product of matrices, by oneDNN. */
#ifndef BACKENDS_ONEDNN_CONV2D_PRODUCT_H
#define BACKENDS_ONEDNN_CONV2D_PRODUCT_H

#include "onednn/conv2d/plan.h"

/* False if it does not apply or memory ran out. */
bool onednn_conv2d_product_make(const conv2d_problem *p, conv2d_plan *plan);
void onednn_conv2d_product_run(rn_context *context, const conv2d_state *state,
                               const conv2d_pointers *at);

#endif
