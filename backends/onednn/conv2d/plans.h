/* plans.h: the plans of a context. Describing a convolution to oneDNN takes as long as computing a
 * small one, and each is asked about several times before it is prepared, as are its equals. */
#ifndef BACKENDS_ONEDNN_CONV2D_PLANS_H
#define BACKENDS_ONEDNN_CONV2D_PLANS_H

#include "onednn/conv2d/plan.h"

#define ONEDNN_CONV2D_KEY 512

/* Writes all that the plan depends on, as text, but for what the context fixes. */
void onednn_conv2d_key_write(const conv2d_problem *p, char key[ONEDNN_CONV2D_KEY]);

/* The plan of an equal convolution; NULL: there is none yet. */
const conv2d_plan *onednn_conv2d_plans_find(const onednn_state *state, const char *key);

/* Takes what the plan holds. It stays as long as the context; NULL: out of memory. */
const conv2d_plan *onednn_conv2d_plans_add(onednn_state *state, const char *key, conv2d_plan *plan);

void onednn_conv2d_plans_free(onednn_state *state);

#endif
