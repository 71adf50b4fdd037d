/* grouped_weight.h: the gradient of the weights of grouped convolutions. */
#ifndef BACKENDS_ONEDNN_CONV2D_GROUPED_WEIGHT_H
#define BACKENDS_ONEDNN_CONV2D_GROUPED_WEIGHT_H

#include "onednn/conv2d/grouped_plan.h"

/* Completes the plan. */
void onednn_grouped_weight_plan(onednn_grouped_plan *plan);
void onednn_grouped_weight_run(const onednn_grouped_call *call);

#endif
