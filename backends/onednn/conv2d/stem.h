/* stem.h: convolutions of a plain input of few channels, as one of the algorithms: forward and the
 * gradient of weights. */
#ifndef BACKENDS_ONEDNN_CONV2D_STEM_H
#define BACKENDS_ONEDNN_CONV2D_STEM_H

#include "onednn/conv2d/plan.h"

/* False if it does not apply or memory ran out. */
bool onednn_conv2d_stem_make(const conv2d_problem *p, conv2d_plan *plan);

/* Sums of gradients are in a fixed order for a number of threads. */
void onednn_conv2d_stem_run(rn_context *context, const conv2d_state *state,
                            const conv2d_pointers *at);

#endif
