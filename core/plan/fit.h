/* fit.h: how much memory a device has left, and what to do when a batch does not fit. */
#ifndef RN_CORE_PLAN_FIT_H
#define RN_CORE_PLAN_FIT_H

#include "plan/plan.h"

/* Call it after the allocation of the plan's arena has failed. Appends to the failure's message the
 * advice to lower `key`, now `batch` images, and to about how many. */
void rn_fit_advise(const rn_plan *plan, int64_t batch, const char *key);

/* Bytes of the largest buffer that the device, not the processor, can create now. */
uint64_t rn_fit_free(const rn_device *device);

#endif
