/* batch_norm_pair.h: the operands of the gradient of a pair, for its rule and for the pass that
 * asks whether a backend would compute it. */
#ifndef RN_CORE_OPS_BATCH_NORM_PAIR_H
#define RN_CORE_OPS_BATCH_NORM_PAIR_H

#include "graph/graph.h"

/* `targets`: the values whose gradients are the outputs. */
void rn_batch_norm_pair_gradient(const rn_node *pair, rn_value *dy, rn_value **inputs,
                                 rn_value **targets);

#endif
