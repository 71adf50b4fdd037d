/* parallel.h: what is different in the training graph of one rank among several. */
#ifndef RN_CORE_PASSES_PARALLEL_H
#define RN_CORE_PASSES_PARALLEL_H

#include "graph/graph.h"

/* The most bytes of gradients that one all_reduce takes, unless a single one has more. */
#define RN_PARALLEL_BUCKET_BYTES (25 << 20)

/* Batch norms take the statistics of all ranks, and dropouts their part of the whole batch's mask,
 * so that a step of all ranks is a step of the whole batch. On the forward graph, before anything
 * is merged or differentiated. */
void rn_parallel_mark(rn_dag *dag, int32_t rank);

/* Puts all_reduce operators behind those that make the loss and the parameters' gradients, as soon
 * as a bucket is full, so that gradients are exchanged while others are still computed. After
 * rn_autodiff_append, before rn_optim_append. */
rn_status rn_parallel_reduce(rn_dag *dag);

#endif
