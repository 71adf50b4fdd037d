/* winograd.h: convolutions by our kernels of Winograd's algorithm. */
#ifndef BACKENDS_ONEDNN_CONV2D_WINOGRAD_H
#define BACKENDS_ONEDNN_CONV2D_WINOGRAD_H

#include "onednn/conv2d/plan.h"

/* False if it does not apply or memory ran out. */
bool onednn_conv2d_winograd_make(const conv2d_problem *p, conv2d_plan *plan);
void onednn_conv2d_winograd_run(rn_context *context, const conv2d_state *state,
                                const conv2d_pointers *at);

#endif
