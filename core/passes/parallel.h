/* parallel.h: adapts a training graph to one rank among several. */
#ifndef RN_CORE_PASSES_PARALLEL_H
#define RN_CORE_PASSES_PARALLEL_H

#include "graph/graph.h"

/* The most bytes of gradients in one all_reduce, unless a single gradient is larger. */
#define RN_PARALLEL_BUCKET_BYTES (25 << 20)

/* Makes dropouts use their part of the whole batch's mask, and sets `synchronised` of the batch
 * norms in training (rn_batch_norm_attrs). With 1, the statistics of all ranks, a step on all ranks
 * equals one step on the whole batch. Call it on the forward graph, before operators are merged or
 * differentiated. RN_E_UNSUPPORTED for an operator of a plugin that reads other samples of the
 * batch. */
rn_status rn_parallel_mark(rn_dag *dag, int32_t rank, int32_t synchronised);

/* Inserts all_reduce operators for the loss and the gradients of the parameters, each as soon as a
 * bucket is full, so that gradients are exchanged while others are still being computed. Call it
 * after rn_autodiff_append and before rn_optim_append. */
rn_status rn_parallel_reduce(rn_dag *dag);

#endif
