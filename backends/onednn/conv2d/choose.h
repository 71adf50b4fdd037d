/* choose.h: the algorithm for a convolution. */
#ifndef BACKENDS_ONEDNN_CONV2D_CHOOSE_H
#define BACKENDS_ONEDNN_CONV2D_CHOOSE_H

#include "onednn/conv2d/plan.h"

/* The plan that the context's options, or the clock, ask for: the context's. RN_E_UNSUPPORTED where
 * there is none. */
rn_status onednn_conv2d_choose(const conv2d_problem *p, const conv2d_plan **plan);

#endif
