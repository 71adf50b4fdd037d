/* same.h: whether two graphs compute the same. */
#ifndef RN_CORE_WEIGHTS_OUT_SAME_H
#define RN_CORE_WEIGHTS_OUT_SAME_H

#include "graph/graph.h"

/* The first operator of `dag` that is not the same in `other`, or has other inputs there: another
 * kind, name or attribute that prediction uses. NULL: there is none, and the graphs compute the
 * same, given the same tensors. Both are of prediction, before the passes. */
const rn_node *rn_same_first_difference(const rn_dag *dag, const rn_dag *other);

#endif
