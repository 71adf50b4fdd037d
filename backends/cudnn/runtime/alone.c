/* alone.c: replaces collective.c and ranks.c if built without NCCL's header: every context is the
 * only rank. */
#include <resnet/collective.h>

#include "cudnn/cudnn.h"

#ifndef HAVE_NCCL
static rn_status join(rn_context *const *contexts, int32_t n)
{
    (void)contexts;
    return gpu_host->fail(RN_E_UNSUPPORTED,
                          "%d GPUs were given, and this plugin was built "
                          "without NCCL; install NCCL with its header, and configure again",
                          (int)n);
}

static void interrupt(rn_context *context)
{
    (void)context;
}

int32_t cudnn_rank_count(const rn_context *context)
{
    (void)context;
    return 1;
}

int32_t cudnn_rank_index(const rn_context *context)
{
    (void)context;
    return 0;
}

rn_status cudnn_mean_over_ranks(rn_context *context, float *const *values, const int64_t *counts,
                                int32_t n)
{
    (void)context;
    (void)values;
    (void)counts;
    (void)n;
    return RN_OK;
}

rn_status cudnn_sum_over_ranks(rn_context *context, int32_t n, float *values, int64_t count)
{
    (void)context;
    (void)n;
    (void)values;
    (void)count;
    return RN_OK;
}

rn_status cudnn_ranks_join(rn_context *context)
{
    (void)context;
    return RN_OK;
}

rn_status cudnn_ranks_wait(rn_context *context, cudaEvent_t event)
{
    (void)context;
    (void)event;
    return RN_OK;
}

void cudnn_ranks_forget(rn_context *context)
{
    (void)context;
}

void cudnn_ranks_leave(rn_context *context)
{
    (void)context;
}

const struct rn_collective cudnn_collective = { .size = sizeof cudnn_collective,
                                                .join = join,
                                                .interrupt = interrupt };
#endif
