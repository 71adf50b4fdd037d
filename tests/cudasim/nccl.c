/* nccl.c: communicators of the stand-in for NCCL: their errors and their end. */
#ifdef HAVE_NCCL /* otherwise the library is empty */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "nccl_sim.h"

_Thread_local char nccl_last_error[256];

ncclResult_t nccl_leave(ncclResult_t result)
{
    cudasim_leave();
    return result;
}

ncclResult_t nccl_wrong(const char *function, ncclResult_t result, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(nccl_last_error, sizeof nccl_last_error, format, list);
    va_end(list);
    cudasim_blame(function, "%s", nccl_last_error);
    return result;
}

ncclResult_t nccl_enter(const char *function, bool during_capture, const ncclComm_t *comm)
{
    switch (cudasim_enter(function, during_capture)) {
        case CUDASIM_GO: break;
        case CUDASIM_FAIL:
            snprintf(nccl_last_error, sizeof nccl_last_error, "%s failed", function);
            return ncclSystemError;
        default: return ncclUnhandledCudaError;
    }
    if (comm && !cudasim_object_is(function, NCCL_SIM_COMM, *comm))
        return ncclInvalidArgument;
    return ncclSuccess;
}

ncclResult_t nccl_enter_ready(const char *function, bool during_capture, const ncclComm_t *comm)
{
    ncclResult_t result = nccl_enter(function, during_capture, comm);
    if (!result && (*comm)->rank->phase != NCCL_READY)
        result = nccl_wrong(function, ncclInvalidArgument,
                            "the communicator is used before its last call was done");
    return result;
}

const char *ncclGetErrorString(ncclResult_t result)
{
    switch (result) {
        case ncclSuccess: return "no error";
        case ncclUnhandledCudaError: return "unhandled cuda error";
        case ncclSystemError: return "unhandled system error";
        case ncclInternalError: return "internal error";
        case ncclInvalidArgument: return "invalid argument";
        case ncclInvalidUsage: return "invalid usage";
        case ncclRemoteError: return "remote process exited or there was a network error";
        case ncclInProgress: return "NCCL operation in progress";
        default: return "unknown result code";
    }
}

const char *ncclGetLastError(ncclComm_t comm)
{
    (void)comm;
    return nccl_last_error;
}

ncclResult_t ncclGetVersion(int *version)
{
    ncclResult_t result = nccl_enter(__func__, true, NULL);
    if (!result && !version)
        result = ncclInvalidArgument;
    if (!result)
        *version = NCCL_VERSION_CODE;
    return nccl_leave(result);
}

/* ---- leaving ---- */

/* Others may be waiting for a rank that has gone. Wakes them up after a second, in which their
 * communicators may be aborted as well. */
static void *wake_later(void *unused)
{
    (void)unused;
    sleep(1);
    cudasim_lock();
    cudasim_unlock();
    return NULL;
}

static void end_rank(nccl_rank *rank, ncclComm_t comm, bool aborts)
{
    pthread_t thread;
    nccl_clique *clique = rank->clique;
    bool before = nccl_is_unheard(clique);
    rank->is_over = true;
    rank->is_aborted = aborts;
    clique->n_over_here++;
    cudasim_unheard(nccl_is_unheard(clique) - before);
    free(rank->calls);
    rank->calls = NULL;
    nccl_shared_lock(clique->shared);
    rank->seat->is_over = true;
    clock_gettime(CLOCK_MONOTONIC, &rank->seat->end);
    nccl_shared_unlock(clique->shared);
    cudasim_object_free(NCCL_SIM_COMM, comm);
    if (pthread_create(&thread, NULL, wake_later, NULL) == 0)
        pthread_detach(thread);
}

/* The last rank of a process ends all communicators, and waits until no graph holds their work;
 * NCCL would wait forever. */
static void await_graphs(const char *function, const nccl_clique *clique)
{
    while (clique->n_over_here == clique->n_here && clique->n_recorded > 0)
        if (!cudasim_pause()) {
            cudasim_blame(function, "waits forever: graphs hold %d collectives",
                          clique->n_recorded);
            break;
        }
}

ncclResult_t ncclCommFinalize(ncclComm_t comm)
{
    ncclResult_t result = nccl_enter(__func__, false, &comm);
    if (!result)
        cudasim_wait_device(__func__, comm->rank->device);
    return nccl_leave(result);
}

/* Waits for the rank's collectives, as NCCL does. */
ncclResult_t ncclCommDestroy(ncclComm_t comm)
{
    ncclResult_t result = nccl_enter_ready(__func__, false, &comm);
    if (!result) {
        nccl_rank *rank = comm->rank;
        cudasim_wait_device(__func__, rank->device);
        end_rank(rank, comm, false);
        await_graphs(__func__, rank->clique);
    }
    return nccl_leave(result);
}

ncclResult_t ncclCommAbort(ncclComm_t comm)
{
    ncclResult_t result = nccl_enter(__func__, true, &comm);
    if (!result) {
        nccl_rank *rank = comm->rank;
        end_rank(rank, comm, true);
        await_graphs(__func__, rank->clique);
    }
    return nccl_leave(result);
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t *asynchronous)
{
    ncclResult_t result = nccl_enter(__func__, true, &comm);
    if (!result && !asynchronous)
        result = ncclInvalidArgument;
    if (!result)
        *asynchronous = comm->rank->asynchronous ? comm->rank->asynchronous
                                                 : nccl_progress(__func__, comm->rank);
    return nccl_leave(result);
}

ncclResult_t ncclCommCount(const ncclComm_t comm, int *n)
{
    ncclResult_t result = nccl_enter(__func__, true, &comm);
    if (!result && !n)
        result = ncclInvalidArgument;
    if (!result)
        *n = comm->rank->clique->shared->n;
    return nccl_leave(result);
}

ncclResult_t ncclCommUserRank(const ncclComm_t comm, int *rank)
{
    ncclResult_t result = nccl_enter(__func__, true, &comm);
    if (!result && !rank)
        result = ncclInvalidArgument;
    if (!result)
        *rank = comm->rank->rank;
    return nccl_leave(result);
}

#endif
