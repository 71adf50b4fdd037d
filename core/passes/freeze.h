/* freeze.h: parameters that are not trained cost a step no more than in inference. */
#ifndef RN_CORE_PASSES_FREEZE_H
#define RN_CORE_PASSES_FREEZE_H

#include "graph/graph.h"

/* Makes batch norms whose weight and bias are frozen use their running statistics, which then stay
 * as they are, and takes away what only the gradients of frozen layers would read. Call it on the
 * forward graph after rn_groups_apply, before operators are merged or differentiated. */
void rn_freeze_apply(rn_dag *dag);

#endif
