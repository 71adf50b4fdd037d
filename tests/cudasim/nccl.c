/* nccl.c: communicators of the stand-in for NCCL. */
#ifdef HAVE_NCCL /* otherwise the library is empty */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "nccl_sim.h"

#define MAGIC "cudasim-nccl"

static nccl_clique *cliques; /* never freed, because work may refer to them */
static _Thread_local char last_error[256];

ncclResult_t nccl_leave(ncclResult_t result)
{
    cudasim_leave();
    return result;
}

ncclResult_t nccl_wrong(const char *function, ncclResult_t result, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(last_error, sizeof last_error, format, list);
    va_end(list);
    cudasim_blame(function, "%s", last_error);
    return result;
}

/* Begins a function that takes a communicator, or none (NULL). */
static ncclResult_t enter(const char *function, bool during_capture, const ncclComm_t *comm)
{
    switch (cudasim_enter(function, during_capture)) {
        case CUDASIM_GO: break;
        case CUDASIM_FAIL:
            snprintf(last_error, sizeof last_error, "%s failed", function);
            return ncclSystemError;
        default: return ncclUnhandledCudaError;
    }
    if (comm && !cudasim_object_is(function, NCCL_SIM_COMM, *comm))
        return ncclInvalidArgument;
    return ncclSuccess;
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
    return last_error;
}

ncclResult_t ncclGetVersion(int *version)
{
    ncclResult_t result = enter(__func__, true, NULL);
    if (!result && !version)
        result = ncclInvalidArgument;
    if (!result)
        *version = NCCL_VERSION_CODE;
    return nccl_leave(result);
}

ncclResult_t ncclGetUniqueId(ncclUniqueId *id)
{
    static int n;
    ncclResult_t result = enter(__func__, true, NULL);
    if (!result && !id)
        result = ncclInvalidArgument;
    if (!result) {
        memset(id, 0, sizeof *id);
        snprintf(id->internal, sizeof id->internal, MAGIC " %d", ++n);
    }
    return nccl_leave(result);
}

/* ---- joining ---- */

static void count_recorded(cudasim_work *run, const void *what, int change)
{
    if (run == nccl_call_run)
        ((const nccl_call *)what)->rank->clique->n_recorded += change;
}

static nccl_clique *find_clique(const ncclUniqueId *id, int n)
{
    nccl_clique *clique = cliques;
    while (clique && memcmp(&clique->id, id, sizeof *id))
        clique = clique->next;
    if (clique)
        return clique;
    clique = calloc(1, sizeof *clique);
    cudasim_graph_observe(count_recorded);
    if (clique) {
        *clique = (nccl_clique){ .next = cliques, .id = *id, .n = n };
        cliques = clique;
    }
    return clique;
}

static ncclResult_t check_join(const char *function, const nccl_clique *clique, int n, int rank)
{
    if (clique->n != n)
        return nccl_wrong(function, ncclInvalidUsage, "this rank says %d ranks, another said %d", n,
                          clique->n);
    if (clique->ranks[rank])
        return nccl_wrong(function, ncclInvalidUsage, "rank %d joins twice", rank);
    for (int i = 0; i < n; i++)
        if (clique->ranks[i] && clique->ranks[i]->device == cudasim_device())
            return nccl_wrong(function, ncclInvalidUsage, "ranks %d and %d are both on device %d",
                              i, rank, cudasim_device());
    return ncclSuccess;
}

/* Makes the current device a rank, without waiting for others. */
static ncclResult_t join(nccl_clique *clique, int rank, ncclComm_t *comm)
{
    nccl_rank *self = calloc(1, sizeof *self);
    ncclComm_t made = cudasim_object_new(NCCL_SIM_COMM, sizeof *made);
    if (!self || !made) {
        free(self);
        return ncclSystemError;
    }
    *self = (nccl_rank){ .clique = clique, .rank = rank, .device = cudasim_device() };
    clique->ranks[rank] = self;
    clique->n_joined++;
    made->rank = self;
    *comm = made;
    return ncclSuccess;
}

ncclResult_t ncclCommInitRank(ncclComm_t *comm, int n, ncclUniqueId id, int rank)
{
    ncclResult_t result = enter(__func__, false, NULL);
    if (!result && cudasim_absence())
        result = ncclUnhandledCudaError;
    if (!result && (!comm || n < 1 || n > NCCL_SIM_RANKS || rank < 0 || rank >= n))
        result = nccl_wrong(__func__, ncclInvalidArgument, "rank %d of %d", rank, n);
    if (!result && strncmp(id.internal, MAGIC, strlen(MAGIC)))
        result = nccl_wrong(__func__, ncclInvalidArgument, "the id is not from ncclGetUniqueId");
    nccl_clique *clique = result ? NULL : find_clique(&id, n);
    if (!result)
        result = clique ? check_join(__func__, clique, n, rank) : ncclSystemError;
    if (!result)
        result = join(clique, rank, comm);
    if (!result)
        result = nccl_group_join((*comm)->rank);
    return nccl_leave(result);
}

ncclResult_t ncclCommInitAll(ncclComm_t *comms, int n, const int *devices)
{
    int before = cudasim_device();
    ncclUniqueId id = { "" };
    ncclResult_t result = enter(__func__, false, NULL);
    if (!result && cudasim_absence())
        result = ncclUnhandledCudaError;
    if (!result && (!comms || n < 1 || n > NCCL_SIM_RANKS || n > cudasim_device_count()))
        result = nccl_wrong(__func__, ncclInvalidArgument, "%d devices", n);
    if (!result)
        result = ncclGetUniqueId(&id);
    nccl_clique *clique = result ? NULL : find_clique(&id, n);
    if (!result && !clique)
        result = ncclSystemError;
    for (int i = 0; !result && i < n; i++) {
        int device = devices ? devices[i] : i;
        if (device < 0 || device >= cudasim_device_count()) {
            result = nccl_wrong(__func__, ncclInvalidArgument, "there is no device %d", device);
            break;
        }
        cudasim_set_device(device);
        result = check_join(__func__, clique, n, i);
        if (!result)
            result = join(clique, i, &comms[i]);
    }
    cudasim_set_device(before);
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
    rank->is_over = true;
    rank->is_aborted = aborts;
    rank->clique->n_over++;
    clock_gettime(CLOCK_MONOTONIC, &rank->end);
    cudasim_object_free(NCCL_SIM_COMM, comm);
    if (pthread_create(&thread, NULL, wake_later, NULL) == 0)
        pthread_detach(thread);
}

/* The last rank of a process ends all communicators, and waits until no graph holds their work;
 * NCCL would wait forever. */
static void await_graphs(const char *function, const nccl_clique *clique)
{
    while (clique->n_over == clique->n && clique->n_recorded > 0)
        if (!cudasim_pause()) {
            cudasim_blame(function, "waits forever: graphs hold %d collectives",
                          clique->n_recorded);
            break;
        }
}

ncclResult_t ncclCommFinalize(ncclComm_t comm)
{
    ncclResult_t result = enter(__func__, false, &comm);
    if (!result)
        cudasim_wait_device(__func__, comm->rank->device);
    return nccl_leave(result);
}

/* Waits for the rank's collectives, as NCCL does. */
ncclResult_t ncclCommDestroy(ncclComm_t comm)
{
    ncclResult_t result = enter(__func__, false, &comm);
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
    ncclResult_t result = enter(__func__, true, &comm);
    if (!result) {
        nccl_rank *rank = comm->rank;
        end_rank(rank, comm, true);
        await_graphs(__func__, rank->clique);
    }
    return nccl_leave(result);
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t *asynchronous)
{
    ncclResult_t result = enter(__func__, true, &comm);
    if (!result && !asynchronous)
        result = ncclInvalidArgument;
    if (!result)
        *asynchronous = comm->rank->asynchronous;
    return nccl_leave(result);
}

ncclResult_t ncclCommCount(const ncclComm_t comm, int *n)
{
    ncclResult_t result = enter(__func__, true, &comm);
    if (!result && !n)
        result = ncclInvalidArgument;
    if (!result)
        *n = comm->rank->clique->n;
    return nccl_leave(result);
}

ncclResult_t ncclCommUserRank(const ncclComm_t comm, int *rank)
{
    ncclResult_t result = enter(__func__, true, &comm);
    if (!result && !rank)
        result = ncclInvalidArgument;
    if (!result)
        *rank = comm->rank->rank;
    return nccl_leave(result);
}

#endif
