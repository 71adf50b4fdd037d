/* library.h: convolutions by oneDNN. */
#ifndef BACKENDS_ONEDNN_CONV2D_LIBRARY_H
#define BACKENDS_ONEDNN_CONV2D_LIBRARY_H

#include "onednn/conv2d/plan.h"

/* False if it does not apply or memory ran out. */
bool onednn_conv2d_library_make(const conv2d_problem *p, conv2d_plan *plan);

rn_status onednn_conv2d_library_prepare(const conv2d_problem *p, const conv2d_plan *plan,
                                        onednn_primitive **made);
void onednn_conv2d_library_run(rn_context *context, const conv2d_state *state,
                               const conv2d_pointers *at);

#endif
