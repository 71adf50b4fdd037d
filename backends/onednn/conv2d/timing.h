/* timing.h: the fastest of several plans for a convolution, by the clock. */
#ifndef BACKENDS_ONEDNN_CONV2D_TIMING_H
#define BACKENDS_ONEDNN_CONV2D_TIMING_H

#include "onednn/conv2d/plan.h"

/* False where nothing may be timed, or there is no time left. */
bool onednn_conv2d_may_time(const onednn_state *state);

/* The index of the fastest, of CONV2D_ALGORITHMS at most. RN_E_NOMEM where memory is too short to
 * time. */
rn_status onednn_conv2d_time(const conv2d_problem *p, const conv2d_plan *plans, int32_t n,
                             int32_t *best);

#endif
