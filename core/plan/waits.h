/* waits.h: where a plan waits for its exchanges (device/exchange.h). */
#ifndef RN_CORE_PLAN_WAITS_H
#define RN_CORE_PLAN_WAITS_H

#include "plan/plan.h"

/* For each exchange of a bound plan finds the first later launch that uses memory of its operands,
 * and makes that launch wait; what none uses is waited for at the end of the step. */
rn_status rn_waits_settle(rn_plan *plan);

/* Waits for the exchanges that launch i needs; n_launches: for those of the end. */
rn_status rn_waits_before(const rn_plan *plan, int32_t i);

#endif
