/* nccl_group.c: calls of collectives, executed at once or gathered from ncclGroupStart to
 * ncclGroupEnd. */
#ifdef HAVE_NCCL /* otherwise the library is empty */
#include <stdlib.h>

#include "machine.h"
#include "nccl_sim.h"

#define MAX_CALLS 1024

typedef struct grouped {
    nccl_call call;
    cudaStream_t stream;
} grouped;

static _Thread_local struct {
    int depth, n, n_joining;
    grouped calls[MAX_CALLS];
    nccl_rank *joining[NCCL_SIM_RANKS];
    ncclResult_t failed; /* the error of a call within the group */
} group;

/* ---- joining ---- */

ncclResult_t nccl_await_ranks(const char *function, const nccl_rank *rank)
{
    const nccl_clique *clique = rank->clique;
    while (clique->n_joined < clique->n)
        if (!cudasim_pause())
            return nccl_wrong(function, ncclSystemError,
                              "waits forever: %d of %d ranks have joined", clique->n_joined,
                              clique->n);
    return ncclSuccess;
}

ncclResult_t nccl_group_join(nccl_rank *rank)
{
    if (group.depth == 0)
        return nccl_await_ranks("ncclCommInitRank", rank);
    if (group.n_joining == NCCL_SIM_RANKS)
        return ncclInternalError;
    group.joining[group.n_joining++] = rank;
    return ncclSuccess;
}

/* ---- collectives ---- */

static ncclResult_t check_buffers(const nccl_call *c)
{
    size_t bytes = nccl_bytes(c->type), all = bytes * c->count;
    bool sends = c->collective == NCCL_ALL_REDUCE || c->rank->rank == c->root;
    const char *from = c->send, *to = c->receive;
    if (bytes == 0)
        return nccl_wrong(c->function, ncclInvalidArgument, "the stand-in does not know type %d",
                          (int)c->type);
    if (c->collective == NCCL_ALL_REDUCE && c->op != ncclSum && c->op != ncclAvg)
        return nccl_wrong(c->function, ncclInvalidArgument,
                          "the stand-in does not know operation %d", (int)c->op);
    if (c->root < 0 || c->root >= c->rank->clique->n)
        return nccl_wrong(c->function, ncclInvalidArgument, "there is no rank %d", c->root);
    if (c->count == 0)
        return ncclSuccess;
    if (!cudasim_range_is(c->function, c->rank->device, to, all, bytes) ||
        (sends && !cudasim_range_is(c->function, c->rank->device, from, all, bytes)))
        return ncclInvalidArgument;
    if (sends && from != to && from < to + all && to < from + all)
        return nccl_wrong(c->function, ncclInvalidUsage, "the send and receive buffers overlap");
    return ncclSuccess;
}

static ncclResult_t check_stream(const nccl_call *c, cudaStream_t stream)
{
    int device = stream ? cudasim_stream_device(stream) : cudasim_device();
    if (device == c->rank->device)
        return ncclSuccess;
    return nccl_wrong(c->function, ncclUnhandledCudaError,
                      "the stream does not belong to device %d", c->rank->device);
}

/* NCCL's documentation: one thread that calls for several ranks without a group may wait forever
 * for the second rank's call. */
static void check_order(const nccl_call *c)
{
    nccl_rank *self = c->rank;
    const nccl_clique *clique = self->clique;
    self->was_grouped = group.depth > 0;
    self->caller = &group; /* distinct in each thread */
    self->n_calls++;
    for (int i = 0; i < clique->n && group.depth == 0; i++) {
        const nccl_rank *other = clique->ranks[i];
        if (other && other != self && other->n_calls > 0 && !other->was_grouped &&
            other->caller == self->caller) {
            cudasim_blame(c->function, "one thread calls for several ranks without a group");
            return;
        }
    }
}

static ncclResult_t enqueue(const nccl_call *c, cudaStream_t stream)
{
    return cudasim_enqueue(c->function, stream, nccl_call_run, c, sizeof *c)
               ? ncclUnhandledCudaError
               : ncclSuccess;
}

static ncclResult_t call(nccl_call *c, ncclComm_t comm, cudaStream_t stream)
{
    ncclResult_t result = ncclSuccess;
    if (cudasim_enter(c->function, true) != CUDASIM_GO)
        result = ncclSystemError;
    else if (!cudasim_object_is(c->function, NCCL_SIM_COMM, comm))
        result = ncclInvalidArgument;
    if (!result) {
        c->rank = comm->rank;
        result = check_buffers(c);
    }
    if (!result)
        result = check_stream(c, stream);
    if (!result)
        check_order(c);
    if (!result && group.depth == 0)
        result = enqueue(c, stream);
    else if (!result && group.n == MAX_CALLS)
        result = ncclInternalError;
    else if (!result)
        group.calls[group.n++] = (grouped){ *c, stream };
    if (result && group.depth > 0)
        group.failed = result;
    return nccl_leave(result);
}

ncclResult_t ncclAllReduce(const void *send, void *receive, size_t count, ncclDataType_t type,
                           ncclRedOp_t op, ncclComm_t comm, cudaStream_t stream)
{
    return call(&(nccl_call){ .function = __func__,
                              .collective = NCCL_ALL_REDUCE,
                              .send = send,
                              .receive = receive,
                              .count = count,
                              .type = type,
                              .op = op },
                comm, stream);
}

ncclResult_t ncclBroadcast(const void *send, void *receive, size_t count, ncclDataType_t type,
                           int root, ncclComm_t comm, cudaStream_t stream)
{
    return call(&(nccl_call){ .function = __func__,
                              .collective = NCCL_BROADCAST,
                              .send = send,
                              .receive = receive,
                              .count = count,
                              .type = type,
                              .root = root },
                comm, stream);
}

/* ---- groups ---- */

ncclResult_t ncclGroupStart(void)
{
    if (cudasim_enter(__func__, true) != CUDASIM_GO)
        return nccl_leave(ncclSystemError);
    group.depth++;
    return nccl_leave(ncclSuccess);
}

static ncclResult_t end_group(const char *function)
{
    ncclResult_t result = group.failed;
    for (int i = 0; !result && i < group.n_joining; i++)
        result = nccl_await_ranks(function, group.joining[i]);
    for (int i = 0; !result && i < group.n; i++)
        result = enqueue(&group.calls[i].call, group.calls[i].stream);
    group.n = group.n_joining = 0;
    group.failed = ncclSuccess;
    return result;
}

ncclResult_t ncclGroupEnd(void)
{
    ncclResult_t result = ncclSuccess;
    cudasim_verdict verdict = cudasim_enter(__func__, true);
    if (group.depth == 0)
        return nccl_leave(nccl_wrong(__func__, ncclInvalidUsage, "no group was started"));
    if (verdict != CUDASIM_GO)
        group.failed = ncclSystemError;
    if (--group.depth == 0)
        result = end_group(__func__);
    return nccl_leave(result);
}

#endif
