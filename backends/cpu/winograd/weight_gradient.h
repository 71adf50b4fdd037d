/* weight_gradient.h: the gradient of weights. */
#ifndef BACKENDS_CPU_WINOGRAD_WEIGHT_GRADIENT_H
#define BACKENDS_CPU_WINOGRAD_WEIGHT_GRADIENT_H

#include "cpu/winograd/winograd.h"

/* Completes the plan. */
void winograd_grad_weight_plan(winograd_plan *plan, const items_work *work);
void winograd_grad_weight_run(const winograd_call *call);

#endif
