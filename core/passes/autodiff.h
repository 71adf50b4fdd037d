/* autodiff.h: appends the operators of the gradient. */
#ifndef RN_CORE_PASSES_AUTODIFF_H
#define RN_CORE_PASSES_AUTODIFF_H

#include "graph/graph.h"

/* Walks back from `y` and appends, for everything that a parameter (or an input marked with
 * needs_gradient) flows through, the operators of its gradient. `dy` is the gradient of y; NULL
 * where y is the loss. Afterwards value->gradient is set where it was needed. */
rn_status rn_autodiff_append(rn_dag *dag, rn_value *y, rn_value *dy);

#endif
