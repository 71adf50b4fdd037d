/* constant.h: operators that read only kept tensors, such as a batch norm folded into a weight or a
 * weight reordered to the backend's layout. They run when these tensors change, not at every step.
 */
#ifndef RN_CORE_PLAN_CONSTANT_H
#define RN_CORE_PLAN_CONSTANT_H

#include "graph/graph.h"

/* Moves the constant operators to the front of the graph and counts them. An operator is constant
 * if each input is the result of a constant operator, or a kept tensor that no operator of the
 * graph updates. Sets is_constant on the results that the step or the host reads: they keep their
 * memory from step to step. Sets last_constant on the kept tensors that no other operators read. */
rn_status rn_constant_settle(rn_dag *dag, int32_t *n_constants);

#endif
