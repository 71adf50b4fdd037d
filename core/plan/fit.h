/* fit.h: what to do where a batch does not fit into memory. */
#ifndef RN_CORE_PLAN_FIT_H
#define RN_CORE_PLAN_FIT_H

#include "plan/plan.h"

/* Adds to the message of a failure, which found no memory for the arena of a plan, that `key` is to
 * be lowered, and to about how many images. */
void rn_fit_advise(const rn_plan *plan, const char *key);

#endif
