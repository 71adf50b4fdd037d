/* spend.h: weights in memory once. A kept tensor that constant operators alone read, such as a
 * weight that the backend packs, is of no use to a step once they have run: its memory goes back to
 * the system. */
#ifndef RN_CORE_PLAN_SPEND_H
#define RN_CORE_PLAN_SPEND_H

#include "plan/plan.h"

/* Bytes of the kept tensors that the plan spends if it may; 0 where the device's memory is not the
 * host's, or the plan trains. */
uint64_t rn_spend_bytes(const rn_plan *plan);

/* Call it after constant operator i has run, for a plan that spends: gives back the memory of the
 * kept tensors that no later operator reads. What they hold is then undefined until they are
 * uploaded anew. */
void rn_spend(rn_plan *plan, int32_t i);

#endif
