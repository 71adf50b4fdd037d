/* tune.h: what those share who choose by the clock when a device is opened or first used. */
#ifndef BACKENDS_OPENCL_PRODUCT_TUNE_H
#define BACKENDS_OPENCL_PRODUCT_TUNE_H

#include "opencl/opencl.h"

double opencl_tune_now_s(void);

/* A buffer of values that as floats and as halves are neither 0 nor denormal, which would be faster
 * or slower. `bytes` is a multiple of 4. */
rn_status opencl_tune_buffer(rn_context *context, uint64_t bytes, rn_buffer **buffer);

/* Seconds of the fastest of some runs of what `run` enqueues, after one that may compile; 0 where
 * it fails. */
double opencl_tune_time(rn_context *context, rn_status (*run)(rn_context *context, void *argument),
                        void *argument);

#endif
