/* grouped_algorithm.h: convolutions with few channels a group, as one of the algorithms. */
#ifndef BACKENDS_ONEDNN_CONV2D_GROUPED_ALGORITHM_H
#define BACKENDS_ONEDNN_CONV2D_GROUPED_ALGORITHM_H

#include "onednn/conv2d/plan.h"

/* False if it does not apply or memory ran out. */
bool onednn_conv2d_grouped_make(const conv2d_problem *p, conv2d_plan *plan);
void onednn_conv2d_grouped_run(rn_context *context, const conv2d_state *state,
                               const conv2d_pointers *at);

#endif
