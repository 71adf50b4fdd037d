/* ranks.c: the collective operations of a step (NCCL).
 *
 * Each rank enqueues its collectives on a second stream, beside context->stream, so all ranks have
 * them in the same order. Events order the two streams, in a recorded step too. Waits poll, so that
 * losing a rank ends them. */
#include "cudnn/runtime/ranks.h"

#ifdef HAVE_NCCL

int32_t cudnn_rank_count(const rn_context *context)
{
    return context->ranks && !context->ranks->team->is_gone ? context->ranks->team->n_ranks : 1;
}

int32_t cudnn_rank_index(const rn_context *context)
{
    return cudnn_rank_count(context) > 1 ? context->ranks->rank : 0;
}

/* ---- Collective operations ---- */

typedef struct reduction {
    float *const *values;
    const int64_t *counts;
    int32_t n;
    ncclRedOp_t op;
} reduction;

/* ncclInProgress where NCCL enqueues later. */
static ncclResult_t group_enqueue(const cudnn_ranks *r, ncclComm_t comm, const reduction *what)
{
    const cudnn_nccl *nccl = r->team->nccl;
    ncclResult_t error = nccl->GroupStart();
    if (error)
        return error;
    for (int32_t i = 0; i < what->n && (!error || error == ncclInProgress); i++)
        error = nccl->AllReduce(what->values[i], what->values[i], (size_t)what->counts[i],
                                ncclFloat32, what->op, comm, r->stream);
    ncclResult_t late = nccl->GroupEnd();
    return error && error != ncclInProgress ? error : late;
}

static rn_status reduce(rn_context *context, cudnn_comm *comm, const reduction *what)
{
    cudnn_ranks *r = context->ranks;
    cudaError_t error = cudaEventRecord(r->forked, context->stream);
    if (!error)
        error = cudaStreamWaitEvent(r->stream, r->forked, 0);
    rn_status status = cudnn_cuda_check(error, "order what the GPUs do together");
    if (status)
        return status;
    status = cudnn_comm_take(comm);
    if (status)
        return status;
    ncclResult_t result = group_enqueue(r, comm->comm, what);
    cudnn_comm_give(comm);
    status = cudnn_comm_finish(comm, result, "add up over the GPUs");
    error = cudaEventRecord(r->done, r->stream);
    r->is_pending = !error;
    return status ? status : cudnn_cuda_check(error, "order what the GPUs do together");
}

/* The communicator of the rank's group of n. Connects the group at its first sum, when all its
 * ranks have come to it, each in a thread of its own. */
static rn_status part_find(rn_context *context, int32_t n, cudnn_comm **comm)
{
    cudnn_ranks *r = context->ranks;
    *comm = n == r->team->n_ranks ? &r->all : &r->part;
    if (*comm == &r->all || r->part_n == n)
        return RN_OK;
    if (r->part_n)
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "sums over groups of %d GPUs, and groups of %d are there already",
                              (int)n, (int)r->part_n);
    if (context->is_recording)
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "the first step with groups of GPUs cannot be recorded");
    rn_status status = cudnn_comm_split(&r->all, r->rank / n, r->rank % n, &r->part);
    r->part_n = status ? 0 : n;
    return status;
}

rn_status cudnn_mean_over_ranks(rn_context *context, float *const *values, const int64_t *counts,
                                int32_t n)
{
    const reduction mean = { values, counts, n, ncclAvg };
    return cudnn_rank_count(context) > 1 ? reduce(context, &context->ranks->all, &mean) : RN_OK;
}

rn_status cudnn_sum_over_ranks(rn_context *context, int32_t n, float *values, int64_t count)
{
    const reduction sum = { &values, &count, 1, ncclSum };
    cudnn_comm *comm;
    if (cudnn_rank_count(context) == 1)
        return RN_OK;
    rn_status status = part_find(context, n, &comm);
    if (!status)
        status = reduce(context, comm, &sum);
    return status ? status : cudnn_ranks_join(context);
}

rn_status cudnn_ranks_join(rn_context *context)
{
    cudnn_ranks *r = context->ranks;
    if (!r || !r->is_pending)
        return RN_OK;
    r->is_pending = false;
    return cudnn_cuda_check(cudaStreamWaitEvent(context->stream, r->done, 0),
                            "order what the GPUs do together");
}

void cudnn_ranks_forget(rn_context *context)
{
    if (context->ranks)
        context->ranks->is_pending = false;
}

/* ---- Waiting ---- */

rn_status cudnn_ranks_wait(rn_context *context, cudaEvent_t event)
{
    cudnn_ranks *r = context->ranks;
    rn_status status = RN_OK;
    for (uint64_t polls = 1; !status; polls++) {
        cudaError_t error = event ? cudaEventQuery(event) : cudaStreamQuery(context->stream);
        if (r->team->is_interrupted)
            return cudnn_comm_fail_lost(&r->all);
        if (error != cudaErrorNotReady)
            return cudnn_cuda_check(error, "finish its work");
        cudaGetLastError(); /* clear it, or a library takes it for its error */
        if (polls % 64 == 0 && !r->team->is_gone)
            status = cudnn_comm_watch(&r->all);
        cudnn_comm_pause(polls);
    }
    return status;
}
#endif
