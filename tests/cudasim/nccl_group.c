/* nccl_group.c: calls of collectives, and what is gathered from ncclGroupStart to ncclGroupEnd. */
#ifdef HAVE_NCCL /* otherwise the library is empty */
#include <stdio.h>
#include <stdlib.h>

#include "machine.h"
#include "nccl_sim.h"

#define MAX_CALLS 1024

static _Thread_local struct {
    int depth, n;
    struct {
        nccl_rank *rank;
        nccl_phase phase;
    } members[NCCL_SIM_RANKS];
    ncclResult_t failed; /* the error of a call within the group */
} group;

/* ---- groups ---- */

/* Begins the phases of all members. */
static ncclResult_t end_group(const char *function)
{
    ncclResult_t result = group.failed;
    int n = group.n;
    for (int i = 0; i < n; i++) {
        nccl_rank *rank = group.members[i].rank;
        rank->phase = group.members[i].phase;
        rank->polls = 0;
        if (rank->is_blocking != group.members[0].rank->is_blocking)
            result = nccl_wrong(function, ncclInvalidArgument,
                                "blocking and other communicators in one group");
        if (result && rank->phase == NCCL_CALLING) {
            rank->n_calls = 0;
            rank->phase = NCCL_READY;
        }
    }
    group.n = 0;
    group.failed = ncclSuccess;
    for (int i = 0; i < n && (!result || result == ncclInProgress); i++)
        result = group.members[i].rank->is_blocking ? nccl_await(function, group.members[i].rank)
                                                    : ncclInProgress;
    return result;
}

static ncclResult_t add(const char *function, nccl_rank *rank, nccl_phase phase)
{
    for (int i = 0; i < group.n; i++)
        if (group.members[i].rank == rank && group.members[i].phase == phase)
            return ncclSuccess;
    if (group.n == NCCL_SIM_RANKS)
        return nccl_wrong(function, ncclInternalError, "the stand-in has groups of %d ranks",
                          NCCL_SIM_RANKS);
    group.members[group.n].rank = rank;
    group.members[group.n++].phase = phase;
    return ncclSuccess;
}

ncclResult_t nccl_group_add(const char *function, nccl_rank *rank, nccl_phase phase)
{
    ncclResult_t result = add(function, rank, phase);
    return result || group.depth > 0 ? result : end_group(function);
}

ncclResult_t ncclGroupStart(void)
{
    if (cudasim_enter(__func__, true) != CUDASIM_GO)
        return nccl_leave(ncclSystemError);
    group.depth++;
    return nccl_leave(ncclSuccess);
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

/* ---- collectives ---- */

static ncclResult_t check_buffers(const nccl_call *c)
{
    const nccl_terms *t = &c->terms;
    size_t bytes = nccl_bytes(t->type), all = bytes * t->count;
    bool sends = t->collective == NCCL_ALL_REDUCE || c->rank->rank == t->root;
    const char *from = c->send, *to = c->receive;
    if (bytes == 0)
        return nccl_wrong(c->function, ncclInvalidArgument, "the stand-in does not know type %d",
                          (int)t->type);
    if (t->collective == NCCL_ALL_REDUCE && t->op != ncclSum && t->op != ncclAvg)
        return nccl_wrong(c->function, ncclInvalidArgument,
                          "the stand-in does not know operation %d", (int)t->op);
    if (t->root < 0 || t->root >= c->rank->clique->shared->n)
        return nccl_wrong(c->function, ncclInvalidArgument, "there is no rank %d", t->root);
    if (all > NCCL_SIM_BYTES)
        return nccl_wrong(c->function, ncclInternalError, "the stand-in does not move %zu bytes",
                          all);
    if (t->count == 0)
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
    self->n_made++;
    for (int i = 0; i < NCCL_SIM_RANKS && group.depth == 0; i++) {
        const nccl_rank *other = clique->ranks[i];
        if (other && other != self && other->n_made > 0 && !other->was_grouped &&
            other->caller == self->caller) {
            cudasim_blame(c->function, "one thread calls for several ranks without a group");
            return;
        }
    }
}

/* Keeps the call until the group ends. */
static ncclResult_t keep(const nccl_call *c, cudaStream_t stream)
{
    nccl_rank *rank = c->rank;
    if (!rank->calls)
        rank->calls = malloc(MAX_CALLS * sizeof *rank->calls);
    if (!rank->calls || rank->n_calls == MAX_CALLS)
        return ncclInternalError;
    rank->calls[rank->n_calls++] = (nccl_grouped){ *c, stream };
    return nccl_group_add(c->function, rank, NCCL_CALLING);
}

static ncclResult_t call(nccl_call *c, ncclComm_t comm, cudaStream_t stream)
{
    ncclResult_t result = nccl_enter_ready(c->function, true, &comm);
    snprintf(c->terms.function, sizeof c->terms.function, "%s", c->function);
    if (!result) {
        c->rank = comm->rank;
        result = check_buffers(c);
    }
    if (!result)
        result = check_stream(c, stream);
    if (!result)
        check_order(c);
    if (!result)
        result = keep(c, stream);
    if (result && result != ncclInProgress && group.depth > 0)
        group.failed = result;
    return nccl_leave(result);
}

ncclResult_t ncclAllReduce(const void *send, void *receive, size_t count, ncclDataType_t type,
                           ncclRedOp_t op, ncclComm_t comm, cudaStream_t stream)
{
    return call(
        &(nccl_call){
            .function = __func__,
            .terms = { .collective = NCCL_ALL_REDUCE, .count = count, .type = type, .op = op },
            .send = send,
            .receive = receive },
        comm, stream);
}

ncclResult_t ncclBroadcast(const void *send, void *receive, size_t count, ncclDataType_t type,
                           int root, ncclComm_t comm, cudaStream_t stream)
{
    return call(
        &(nccl_call){
            .function = __func__,
            .terms = { .collective = NCCL_BROADCAST, .count = count, .type = type, .root = root },
            .send = send,
            .receive = receive },
        comm, stream);
}

#endif
