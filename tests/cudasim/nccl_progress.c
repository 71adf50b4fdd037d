/* nccl_progress.c: what NCCL does for a communicator after a call has returned: ranks join, split
 * and enqueue their collectives. For a blocking communicator the call waits for it. */
#ifdef HAVE_NCCL /* otherwise the library is empty */
#include <time.h>

#include "machine.h"
#include "nccl_sim.h"

#define PATIENCE_S 60

static ncclResult_t progress_joining(const char *function, const nccl_rank *rank)
{
    nccl_shared *shared = rank->clique->shared;
    if (nccl_shared_count(shared) < shared->n)
        return ncclInProgress;
    return shared->refusal[0] ? nccl_wrong(function, ncclInvalidUsage, "%s", shared->refusal)
                              : ncclSuccess;
}

/* Which rank of its colour a seat is, and how many these are; the colour's first rank. */
typedef struct split_place {
    int rank, n, first;
} split_place;

static split_place find_place(const nccl_shared *shared, int of)
{
    const nccl_seat *self = &shared->seats[of];
    split_place place = { 0, 0, of };
    for (int i = 0; i < shared->n; i++) {
        const nccl_seat *seat = &shared->seats[i], *first = &shared->seats[place.first];
        if (seat->color != self->color)
            continue;
        place.n++;
        place.rank += seat->key < self->key || (seat->key == self->key && i < of);
        if (seat->key < first->key || (seat->key == first->key && i < place.first))
            place.first = i;
    }
    return place;
}

static ncclResult_t progress_splitting(const char *function, const nccl_rank *rank)
{
    nccl_shared *shared = rank->clique->shared;
    bool all_split = true;
    nccl_shared_lock(shared);
    for (int i = 0; i < shared->n; i++)
        all_split &= shared->seats[i].has_split;
    nccl_shared_unlock(shared);
    if (!all_split)
        return ncclInProgress;
    if (rank->seat->color == NCCL_SPLIT_NOCOLOR)
        return ncclSuccess;
    split_place place = find_place(shared, rank->rank);
    const nccl_ticket ticket = { &shared->seats[place.first].child, place.n, place.rank,
                                 rank->device, rank->is_child_blocking };
    ncclResult_t result = nccl_join(function, &ticket, rank->child);
    if (!result && ticket.is_blocking)
        result = nccl_await(function, (*rank->child)->rank);
    return result;
}

/* Another thread of NCCL's enqueues: not by the time that ncclGroupEnd returns. */
static ncclResult_t progress_calling(nccl_rank *rank)
{
    ncclResult_t result = ncclSuccess;
    if (rank->polls < 2)
        return ncclInProgress;
    for (int i = 0; i < rank->n_calls && !result; i++) {
        const nccl_grouped *grouped = &rank->calls[i];
        if (cudasim_enqueue(grouped->call.function, grouped->stream, nccl_call_run, &grouped->call,
                            sizeof grouped->call))
            result = ncclUnhandledCudaError;
    }
    rank->n_calls = 0;
    return result;
}

ncclResult_t nccl_progress(const char *function, nccl_rank *rank)
{
    ncclResult_t result = ncclSuccess;
    rank->polls++;
    switch (rank->phase) {
        case NCCL_JOINING: result = progress_joining(function, rank); break;
        case NCCL_SPLITTING: result = progress_splitting(function, rank); break;
        case NCCL_CALLING: result = progress_calling(rank); break;
        default: break;
    }
    if (result == ncclInProgress)
        return result;
    rank->phase = NCCL_READY;
    if (result && !rank->asynchronous && !rank->is_blocking)
        rank->asynchronous = result;
    return result;
}

ncclResult_t nccl_await(const char *function, nccl_rank *rank)
{
    struct timespec begin, now;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    ncclResult_t result;
    while ((result = nccl_progress(function, rank)) == ncclInProgress) {
        if (rank->phase == NCCL_CALLING)
            continue;
        bool woke = cudasim_pause();
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (!woke || now.tv_sec - begin.tv_sec > PATIENCE_S)
            return nccl_wrong(function, ncclSystemError, "waits forever: %d of %d ranks are there",
                              nccl_shared_count(rank->clique->shared), rank->clique->shared->n);
    }
    return result;
}

#endif
