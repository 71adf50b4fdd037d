/* alive.h: what is in a plan's arena when most is: at the peak of a step. */
#ifndef RN_CORE_PLAN_ALIVE_H
#define RN_CORE_PLAN_ALIVE_H

#include "plan/plan.h"

/* One tensor, or the workspace of the operator that runs. */
typedef struct rn_alive {
    const rn_value *value; /* NULL: the workspace */
    uint64_t bytes;        /* as the arena aligns them */
} rn_alive;

/* Lists them, the largest first; together they have memory->lower_bound_bytes. Of values that
 * replace each other in place it is the one that is there when memory->peak_node has run. The
 * caller frees the list. */
rn_status rn_alive_list(const rn_plan *plan, rn_alive **list, int32_t *n);

#endif
