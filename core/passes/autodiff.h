/* autodiff.h: appends the operators that compute gradients. */
#ifndef RN_CORE_PASSES_AUTODIFF_H
#define RN_CORE_PASSES_AUTODIFF_H

#include "graph/graph.h"

/* Sets needs_gradient of each value that depends on a parameter that is not frozen, or on an input
 * that needs a gradient. */
void rn_autodiff_mark(rn_dag *dag);

/* Appends the operators of the backward pass from `y`, and sets value->gradient of each value that
 * needs one (rn_autodiff_mark). `dy` is the gradient of y; NULL: y
 * is the loss. RN_E_UNSUPPORTED: an operator has no gradient rule. */
rn_status rn_autodiff_append(rn_dag *dag, rn_value *y, rn_value *dy);

#endif
