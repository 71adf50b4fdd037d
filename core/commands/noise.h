/* noise.h: a step in which every operator is a little wrong, to see how far each tensor then is
 * from where it was. */
#ifndef RN_CORE_COMMANDS_NOISE_H
#define RN_CORE_COMMANDS_NOISE_H

#include "plan/plan.h"

/* Runs a step on inputs that were just uploaded, as they were for the run before it. Each number
 * that an operator gives is multiplied by 1 + amount or 1 - amount, at random but alike each time,
 * before the next operator reads it. For plans that compute in fp32 and keep every value. */
rn_status rn_noise_run(rn_plan *plan, double amount);

#endif
