/* noise.h: runs a step with a small error in every result, to see how far each tensor moves. */
#ifndef RN_CORE_COMMANDS_NOISE_H
#define RN_CORE_COMMANDS_NOISE_H

#include "plan/plan.h"

/* Runs a step on the inputs of the previous run, which must have been uploaded again. Each number
 * that an operator computes is multiplied by 1 + amount or 1 - amount before the next operator
 * reads it; the choice is random but the same in every call. For plans that compute in fp32 and
 * keep every value. */
rn_status rn_noise_run(rn_plan *plan, double amount);

#endif
