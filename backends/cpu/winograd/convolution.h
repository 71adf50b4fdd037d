/* convolution.h: convolutions and their gradients of data. */
#ifndef BACKENDS_CPU_WINOGRAD_CONVOLUTION_H
#define BACKENDS_CPU_WINOGRAD_CONVOLUTION_H

#include "cpu/winograd/winograd.h"

/* Completes the plan. */
void winograd_convolution_plan(winograd_plan *plan, const items_work *work);
void winograd_convolution_run(const winograd_call *call);

#endif
