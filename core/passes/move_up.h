/* move_up.h: moves operators that were appended at the end to where they can run. */
#ifndef RN_CORE_PASSES_MOVE_UP_H
#define RN_CORE_PASSES_MOVE_UP_H

#include "graph/graph.h"

/* Moves the operators that follow the first n nodes, and only update tensors, up to right after the
 * last operator that uses one of their inputs, so that memory is free as early as possible. They
 * keep their order where they share an input that one of them updates. */
rn_status rn_move_up(rn_dag *dag, int32_t n);

#endif
