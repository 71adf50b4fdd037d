/* fit.h: advice for a batch that does not fit into memory. */
#ifndef RN_CORE_PLAN_FIT_H
#define RN_CORE_PLAN_FIT_H

#include "plan/plan.h"

/* Call it after the allocation of the plan's arena has failed. Adds to the failure's message that
 * `key` should be lowered from `batch`, and to about how many images. */
void rn_fit_advise(const rn_plan *plan, int64_t batch, const char *key);

#endif
