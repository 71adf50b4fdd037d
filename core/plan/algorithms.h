/* algorithms.h: how a backend computes each operator of a plan. */
#ifndef RN_CORE_PLAN_ALGORITHMS_H
#define RN_CORE_PLAN_ALGORITHMS_H

#include <jansson.h>

#include "plan/plan.h"

/* Prints a row for each operator of the plan, in execution order. */
rn_status rn_algorithms_print(const rn_plan *plan);

/* Sets *out to the same rows as an array of objects; the caller releases it by json_decref. */
rn_status rn_algorithms_json(const rn_plan *plan, json_t **out);

#endif
