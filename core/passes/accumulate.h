/* accumulate.h: sums the gradients of several batches, for one update. */
#ifndef RN_CORE_PASSES_ACCUMULATE_H
#define RN_CORE_PASSES_ACCUMULATE_H

#include "graph/graph.h"

/* Appends the operators that add each parameter's gradient to a kept sum, right after it is
 * complete; the sum takes the gradient's place in what is appended later. The input
 * dag->sum_factors says whether the sum goes on or begins. Call it after rn_autodiff_append. */
rn_status rn_accumulate_append(rn_dag *dag);

#endif
