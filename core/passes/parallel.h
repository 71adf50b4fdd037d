/* parallel.h: adapts a training graph to one rank among several. */
#ifndef RN_CORE_PASSES_PARALLEL_H
#define RN_CORE_PASSES_PARALLEL_H

#include "graph/graph.h"

/* The most bytes of gradients in one all_reduce, unless a single gradient is larger. */
#define RN_PARALLEL_BUCKET_BYTES (25 << 20)

/* Makes batch norms use the statistics of all ranks, and dropouts their part of the whole batch's
 * mask, so that a step on all ranks equals one step on the whole batch. Call it on the forward
 * graph, before operators are merged or differentiated. */
void rn_parallel_mark(rn_dag *dag, int32_t rank);

/* Inserts all_reduce operators for the loss and the gradients of the parameters, each as soon as a
 * bucket is full, so that gradients are exchanged while others are still being computed. Call it
 * after rn_autodiff_append and before rn_optim_append. */
rn_status rn_parallel_reduce(rn_dag *dag);

#endif
