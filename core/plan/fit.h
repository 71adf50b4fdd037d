/* fit.h: suggests a smaller batch when one does not fit into memory. */
#ifndef RN_CORE_PLAN_FIT_H
#define RN_CORE_PLAN_FIT_H

#include "plan/plan.h"

/* Call it after the allocation of the plan's arena has failed. Appends to the failure's message the
 * advice to lower `key`, now `batch` images, and to about how many. */
void rn_fit_advise(const rn_plan *plan, int64_t batch, const char *key);

#endif
