/* algorithms.h: how a backend computes each operator of a plan. */
#ifndef RN_CORE_COMMANDS_ALGORITHMS_H
#define RN_CORE_COMMANDS_ALGORITHMS_H

#include <jansson.h>

#include "plan/plan.h"

/* Prints a row for each operator of the plan, in the order in which they run. */
rn_status rn_algorithms_print(const rn_plan *plan);

/* The same as an array of objects, which the caller frees. */
rn_status rn_algorithms_json(const rn_plan *plan, json_t **out);

#endif
