/* optimizers.h: the optimizers: the operator of each, the tensors that it keeps, its attributes. */
#ifndef RN_CORE_PASSES_OPTIMIZERS_H
#define RN_CORE_PASSES_OPTIMIZERS_H

#include "config/config.h"
#include "graph/graph.h"

/* Appends the operator that updates a parameter from its gradient, with the kept tensors that the
 * optimizer of the cfg has for it. */
rn_status rn_optimizer_append(rn_dag *dag, const rn_config *config, rn_value *param);

/* The input of the learning rates that are `factor` times that of the step; added when it is first
 * asked for. NULL after a failure, which is in dag->status. */
rn_value *rn_optimizer_rate(rn_dag *dag, double factor);

/* True if an optimizer keeps a tensor "PARAMETER.suffix". */
bool rn_optimizer_keeps(const char *suffix);

#endif
