/* constant.h: operators that work on kept tensors alone, such as a batch norm folded into a weight,
 * or a weight in the backend's layout: they run once for each change of those, not each step. */
#ifndef RN_CORE_PLAN_CONSTANT_H
#define RN_CORE_PLAN_CONSTANT_H

#include "graph/graph.h"

/* Puts the operators whose inputs are kept tensors that no operator here changes, or results of
 * such operators, in front of all others, and counts them. Their results that the step reads are
 * marked: they keep their place from step to step. */
rn_status rn_constant_settle(rn_dag *dag, int32_t *n_constants);

#endif
