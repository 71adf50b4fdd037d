/* cross_entropy.h: what the losses of labels and of targets share. Their slots have the same
 * numbers. */
#ifndef RN_CORE_OPS_CROSS_ENTROPY_H
#define RN_CORE_OPS_CROSS_ENTROPY_H

#include "graph/op.h"

extern const rn_op_field rn_cross_entropy_fields[];

/* Adds the loss and the probabilities. */
rn_status rn_cross_entropy_outputs(rn_dag *dag, rn_node *node);

/* Appends the gradient operator `op`. */
rn_status rn_cross_entropy_gradient(rn_dag *dag, rn_node *node, const char *op);

/* Also of the gradients, whose first input is the probabilities. */
void rn_cross_entropy_cost(const rn_node *node, rn_cost *cost);

#endif
