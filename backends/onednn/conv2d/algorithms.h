/* algorithms.h: the algorithms by name, and preparing a plan to run. */
#ifndef BACKENDS_ONEDNN_CONV2D_ALGORITHMS_H
#define BACKENDS_ONEDNN_CONV2D_ALGORITHMS_H

#include "onednn/conv2d/plan.h"

/* "direct" …: for people, and as kept in the file of choices. */
const char *onednn_conv2d_algorithm_name(conv2d_algorithm algorithm);

/* False if the algorithm does not apply or memory ran out. */
bool onednn_conv2d_plan_make(const conv2d_problem *p, conv2d_algorithm algorithm,
                             conv2d_plan *plan);

/* RN_E_NOMEM, RN_E_DEVICE. */
rn_status onednn_conv2d_state_make(const conv2d_problem *p, const conv2d_plan *plan,
                                   conv2d_state **made);
void onednn_conv2d_state_free(conv2d_state *state);

void onednn_conv2d_state_run(rn_context *context, const conv2d_state *state,
                             const conv2d_pointers *at);

#endif
