/* rank_sums.c: the extension through which the core gives a context sums over the ranks. */
#include "cpu/cpu.h"

static void set(rn_context *context, rn_rank_sum *sum, void *argument, int32_t n_ranks)
{
    context->ranks = (rank_sums){ sum, argument, n_ranks };
}

const rn_rank_sums cpu_rank_sums = { .size = sizeof cpu_rank_sums, .set = set };

rn_status cpu_ranks_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    if (rank_sums_wanted(op))
        answer->workspace_bytes += (uint64_t)rank_sums_count(op) * sizeof(double);
    return rank_sums_check(&context->ranks, cpu_host, op);
}

bool cpu_ranks_sum(rn_context *context, const rn_op_desc *op, double *values)
{
    context->failed = context->ranks.sum(context->ranks.argument, values, rank_sums_count(op));
    return context->failed == RN_OK;
}
