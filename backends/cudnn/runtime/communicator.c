/* communicator.c: waiting for a communicator's calls, and its end. */
#include "cudnn/runtime/communicator.h"

#ifdef HAVE_NCCL
#include <time.h>

rn_status cudnn_comm_fail_lost(const cudnn_comm *c)
{
    return gpu_host->fail(RN_E_DEVICE, "another of the %d GPUs that work together cannot go on",
                          (int)c->team->n_ranks);
}

rn_status cudnn_comm_take(cudnn_comm *c)
{
    pthread_mutex_lock(&c->busy);
    if (c->comm && !c->team->is_interrupted)
        return RN_OK;
    pthread_mutex_unlock(&c->busy);
    return cudnn_comm_fail_lost(c);
}

void cudnn_comm_give(cudnn_comm *c)
{
    pthread_mutex_unlock(&c->busy);
}

void cudnn_comm_pause(uint64_t polls)
{
    const struct timespec little = { 0, 20000 };
    if (polls > 1000)
        nanosleep(&little, NULL);
}

/* ncclInProgress while a call is not done. */
static rn_status ask(cudnn_comm *c, ncclResult_t *state)
{
    rn_status status = cudnn_comm_take(c);
    if (status)
        return status;
    ncclResult_t error = c->team->nccl->CommGetAsyncError(c->comm, state);
    cudnn_comm_give(c);
    if (error)
        *state = error;
    return RN_OK;
}

rn_status cudnn_comm_finish(cudnn_comm *c, ncclResult_t error, const char *what)
{
    rn_status status = RN_OK;
    for (uint64_t polls = 1; error == ncclInProgress && !status; polls++) {
        cudnn_comm_pause(polls);
        status = ask(c, &error);
    }
    if (status || c->team->is_interrupted)
        return status ? status : cudnn_comm_fail_lost(c);
    return cudnn_nccl_check(c->team->nccl, error, what);
}

rn_status cudnn_comm_watch(cudnn_comm *c)
{
    ncclResult_t state = ncclSuccess;
    rn_status status = ask(c, &state);
    if (status || state == ncclInProgress)
        return status;
    return cudnn_nccl_check(c->team->nccl, state, "go on with what the GPUs do together");
}

/* NCCL gives the new communicator when the old one is done with the call (NVIDIA/nccl, issue
 * 1472). */
rn_status cudnn_comm_split(cudnn_comm *c, int32_t color, int32_t key, cudnn_comm *part)
{
    static const char WHAT[] = "connect the GPUs of a group";
    const cudnn_nccl *nccl = c->team->nccl;
    ncclComm_t made = NULL;
    rn_status status = cudnn_comm_take(c);
    if (status)
        return status;
    ncclResult_t error = nccl->CommSplit(c->comm, color, key, &made, NULL);
    cudnn_comm_give(c);
    status = cudnn_comm_finish(c, error, WHAT);
    if (status)
        return status;
    pthread_mutex_lock(&part->busy);
    if (c->team->is_interrupted) /* what aborts the others may have passed this one */
        nccl->CommAbort(made);
    else
        part->comm = made;
    pthread_mutex_unlock(&part->busy);
    return cudnn_comm_finish(part, ncclInProgress, WHAT);
}

static ncclComm_t take_away(cudnn_comm *c)
{
    pthread_mutex_lock(&c->busy);
    ncclComm_t comm = c->comm;
    c->comm = NULL;
    pthread_mutex_unlock(&c->busy);
    return comm;
}

void cudnn_comm_abort(cudnn_comm *c)
{
    ncclComm_t comm = take_away(c);
    if (comm)
        c->team->nccl->CommAbort(comm);
}

void cudnn_comm_destroy(cudnn_comm *c)
{
    ncclComm_t comm = take_away(c);
    if (comm)
        c->team->nccl->CommDestroy(comm);
}
#endif
