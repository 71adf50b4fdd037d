/* rank_sums.h: the extension of a backend whose batch norms can be synchronised through the core.
 * Since ABI 0.10.
 *
 * Where several contexts, in this process or in others, take one step together, and the backend
 * has no collective operations of its own (collective.h), the core exchanges gradients itself. A
 * synchronised batch_norm or batch_norm_grad (op.h) needs sums over all ranks in the middle of its
 * kernel: with this extension the kernel gets them from the core. */
#ifndef RESNET_RANK_SUMS_H
#define RESNET_RANK_SUMS_H

#include <resnet/backend.h>

#define RN_RANK_SUMS_ID "resnet.rank-sums/1"

/* Replaces `count` numbers by their sums over the ranks that share the step, which all call it with
 * the same count in the same order; waits for them. All get the same bits. Called from within
 * `run`, on the thread that called that, once for each run of such a kernel. A failure is to be
 * returned from `run` as it is: another rank has failed or was interrupted. */
typedef rn_status rn_rank_sum(void *argument, double *values, int64_t count);

/* What rn_backend.extension returns for RN_RANK_SUMS_ID. Slots are required. */
typedef struct rn_rank_sums {
    uint32_t size;
    uint32_t reserved; /* 0 */

    /* Gives a context the function that its synchronised kernels call, with its argument, and the
     * number of ranks, 2 or more, that a sum is over. Called before queries of such
     * operators: until then they are refused, and afterwards answered as those of others. The core
     * records no steps with them (capture.h). Never fails. [setup] */
    void (*set)(rn_context *context, rn_rank_sum *sum, void *argument, int32_t n_ranks);
} rn_rank_sums;

#endif
