/* collective.c: the extension that joins contexts as ranks, and their collective operations (NCCL).
 *
 * Each rank enqueues its collectives on a second stream, beside context->stream, so all ranks have
 * them in the same order. Events order the two streams, in a recorded step too. Waits poll, so that
 * losing a rank ends them. */
#include <resnet/collective.h>

#include "cudnn/runtime/nccl.h"

#ifdef HAVE_NCCL
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "cudnn/runtime/device.h"

/* Shared by all ranks. */
typedef struct team {
    const cudnn_nccl *nccl;
    int32_t n, n_open;
    atomic_bool is_interrupted;
    bool is_gone;      /* a context was closed: the others are no longer ranks */
    pthread_t aborter; /* thread that aborts the communicators; valid if has_aborter */
    bool has_aborter;
    cudnn_ranks *ranks[CUDNN_MAX_DEVICES];
} team;

/* One rank. */
struct cudnn_ranks {
    team *team;
    int32_t index;
    cudaStream_t stream;
    cudaEvent_t forked, done;
    bool is_pending;          /* `done` is recorded, and context->stream does not wait for it yet */
    pthread_mutex_t busy;     /* held during NCCL calls for this rank */
    _Atomic(ncclComm_t) comm; /* NULL: aborted or destroyed */
};

/* ---- Ranks ---- */

int32_t cudnn_rank_count(const rn_context *context)
{
    return context->ranks && !context->ranks->team->is_gone ? context->ranks->team->n : 1;
}

int32_t cudnn_rank_index(const rn_context *context)
{
    return cudnn_rank_count(context) > 1 ? context->ranks->index : 0;
}

static rn_status fail_lost(const cudnn_ranks *r)
{
    return gpu_host->fail(RN_E_DEVICE, "another of the %d GPUs that work together cannot go on",
                          (int)r->team->n);
}

/* Locks the communicator against an abort until comm_release(); fails if it is gone. */
static rn_status comm_take(cudnn_ranks *r)
{
    pthread_mutex_lock(&r->busy);
    if (r->comm)
        return RN_OK;
    pthread_mutex_unlock(&r->busy);
    return fail_lost(r);
}

/* Unlocks the communicator and returns the status of the NCCL call. */
static rn_status comm_release(cudnn_ranks *r, ncclResult_t error, const char *what)
{
    bool is_interrupted = r->team->is_interrupted;
    pthread_mutex_unlock(&r->busy);
    return is_interrupted ? fail_lost(r) : cudnn_nccl_check(r->team->nccl, error, what);
}

/* ---- Collective operations ---- */

typedef struct reduction {
    float *const *values;
    const int64_t *counts;
    int32_t n;
    ncclRedOp_t op;
} reduction;

static ncclResult_t group_enqueue(const cudnn_ranks *r, const reduction *what)
{
    const cudnn_nccl *nccl = r->team->nccl;
    ncclResult_t error = nccl->GroupStart();
    if (error)
        return error;
    for (int32_t i = 0; i < what->n && !error; i++)
        error = nccl->AllReduce(what->values[i], what->values[i], (size_t)what->counts[i],
                                ncclFloat32, what->op, r->comm, r->stream);
    ncclResult_t late = nccl->GroupEnd();
    return error ? error : late;
}

static rn_status reduce(rn_context *context, const reduction *what)
{
    cudnn_ranks *r = context->ranks;
    cudaError_t error = cudaEventRecord(r->forked, context->stream);
    if (!error)
        error = cudaStreamWaitEvent(r->stream, r->forked, 0);
    rn_status status = cudnn_cuda_check(error, "order what the GPUs do together");
    if (status)
        return status;
    status = comm_take(r);
    if (status)
        return status;
    status = comm_release(r, group_enqueue(r, what), "add up over the GPUs");
    error = cudaEventRecord(r->done, r->stream);
    r->is_pending = !error;
    return status ? status : cudnn_cuda_check(error, "order what the GPUs do together");
}

rn_status cudnn_mean_over_ranks(rn_context *context, float *const *values, const int64_t *counts,
                                int32_t n)
{
    const reduction mean = { values, counts, n, ncclAvg };
    return cudnn_rank_count(context) > 1 ? reduce(context, &mean) : RN_OK;
}

rn_status cudnn_sum_over_ranks(rn_context *context, float *values, int64_t count)
{
    const reduction sum = { &values, &count, 1, ncclSum };
    if (cudnn_rank_count(context) == 1)
        return RN_OK;
    rn_status status = reduce(context, &sum);
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

/* Checks for NCCL's asynchronous errors, such as a lost process or link. */
static rn_status comm_watch(cudnn_ranks *r)
{
    ncclResult_t state = ncclSuccess;
    rn_status status = r->team->is_gone ? RN_OK : comm_take(r);
    if (status || r->team->is_gone)
        return status;
    ncclResult_t error = r->team->nccl->CommGetAsyncError(r->comm, &state);
    return comm_release(r, error ? error : state, "go on with what the GPUs do together");
}

/* Spins at first, so that small steps wait briefly; then sleeps between polls to free the CPU. The
 * sleep is negligible for a step of milliseconds. */
static void pause_between(uint64_t polls)
{
    const struct timespec little = { 0, 20000 };
    if (polls > 1000)
        nanosleep(&little, NULL);
}

rn_status cudnn_ranks_wait(rn_context *context, cudaEvent_t event)
{
    cudnn_ranks *r = context->ranks;
    rn_status status = RN_OK;
    for (uint64_t polls = 1; !status; polls++) {
        cudaError_t error = event ? cudaEventQuery(event) : cudaStreamQuery(context->stream);
        if (r->team->is_interrupted)
            return fail_lost(r);
        if (error != cudaErrorNotReady)
            return cudnn_cuda_check(error, "finish its work");
        cudaGetLastError(); /* clear it, or a library takes it for its error */
        if (polls % 64 == 0)
            status = comm_watch(r);
        pause_between(polls);
    }
    return status;
}

/* ---- Joining and leaving ---- */

/* Waits up to a second for a rank to return from NCCL, then aborts: NCCL allows an abort from
 * another thread while a call hangs. The lock is not held during the abort. */
static void rank_abort(team *t, cudnn_ranks *r)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    bool is_locked = pthread_mutex_timedlock(&r->busy, &until) == 0;
    ncclComm_t comm = r->comm;
    r->comm = NULL;
    if (is_locked)
        pthread_mutex_unlock(&r->busy);
    if (comm)
        t->nccl->CommAbort(comm);
}

static void *abort_all(void *argument)
{
    team *t = argument;
    for (int32_t i = 0; i < t->n; i++)
        rank_abort(t, t->ranks[i]);
    return NULL;
}

/* Aborts in a thread: aborting the last communicator returns only after all graphs that contain it
 * are destroyed (NCCL's commDestroySync), which the core does after this rank's thread returns. */
static void interrupt(rn_context *context)
{
    team *t = context->ranks ? context->ranks->team : NULL;
    if (!t || t->is_gone || atomic_exchange(&t->is_interrupted, true))
        return;
    t->has_aborter = pthread_create(&t->aborter, NULL, abort_all, t) == 0;
    if (!t->has_aborter)
        abort_all(t);
}

static void rank_free(rn_context *context)
{
    cudnn_ranks *r = context->ranks;
    if (!r)
        return;
    cudaSetDevice(context->device);
    if (r->stream) {
        cudaStreamSynchronize(r->stream);
        cudaStreamDestroy(r->stream);
    }
    if (r->forked)
        cudaEventDestroy(r->forked);
    if (r->done)
        cudaEventDestroy(r->done);
    pthread_mutex_destroy(&r->busy);
    free(r);
    context->ranks = NULL;
}

/* Requires that the ranks' graphs are destroyed, because CommDestroy waits for them. It does not
 * wait for enqueued work, so synchronize first. */
void cudnn_ranks_leave(rn_context *context)
{
    team *t = context->ranks ? context->ranks->team : NULL;
    if (t && t->has_aborter)
        pthread_join(t->aborter, NULL);
    if (t)
        t->has_aborter = false;
    for (int32_t i = 0; t && !t->is_gone && i < t->n; i++) {
        ncclComm_t comm = t->ranks[i]->comm;
        t->ranks[i]->comm = NULL;
        if (!comm)
            continue;
        cudaStreamSynchronize(t->ranks[i]->stream);
        t->nccl->CommDestroy(comm);
    }
    if (t)
        t->is_gone = true;
    rank_free(context);
    if (t && --t->n_open == 0)
        free(t);
}

static rn_status rank_make(rn_context *context, team *t, int32_t index)
{
    rn_status status = cudnn_enter(context);
    cudnn_ranks *r = status ? NULL : calloc(1, sizeof *r);
    if (!r)
        return status ? status : gpu_host->fail(RN_E_NOMEM, "no memory for a rank");
    r->team = t;
    r->index = index;
    pthread_mutex_init(&r->busy, NULL);
    context->ranks = t->ranks[index] = r;
    cudaError_t error = cudaStreamCreateWithFlags(&r->stream, cudaStreamNonBlocking);
    if (!error)
        error = cudaEventCreateWithFlags(&r->forked, cudaEventDisableTiming);
    if (!error)
        error = cudaEventCreateWithFlags(&r->done, cudaEventDisableTiming);
    return cudnn_cuda_check(error, "make a stream");
}

static rn_status comms_make(rn_context *const *contexts, team *t)
{
    ncclComm_t comms[CUDNN_MAX_DEVICES] = { NULL };
    int devices[CUDNN_MAX_DEVICES];
    for (int32_t i = 0; i < t->n; i++)
        devices[i] = contexts[i]->device;
    rn_status status =
        cudnn_nccl_check(t->nccl, t->nccl->CommInitAll(comms, t->n, devices), "connect the GPUs");
    for (int32_t i = 0; !status && i < t->n; i++)
        t->ranks[i]->comm = comms[i];
    return status;
}

static rn_status contexts_check(rn_context *const *contexts, int32_t n)
{
    if (n < 1 || n > CUDNN_MAX_DEVICES)
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "%d GPUs were given, and %d at most work "
                              "together",
                              (int)n, (int)CUDNN_MAX_DEVICES);
    for (int32_t i = 0; i < n; i++) {
        if (contexts[i]->ranks)
            return gpu_host->fail(RN_E_PLUGIN, "GPU %d works together with others already",
                                  (int)contexts[i]->device);
        for (int32_t k = 0; k < i; k++)
            if (contexts[k]->device == contexts[i]->device)
                return gpu_host->fail(RN_E_UNSUPPORTED,
                                      "GPU %d is given twice; each can be one "
                                      "of those that work together only",
                                      (int)contexts[i]->device);
    }
    return RN_OK;
}

static rn_status join(rn_context *const *contexts, int32_t n)
{
    const cudnn_nccl *nccl = NULL;
    rn_status status = contexts_check(contexts, n);
    if (status)
        return status;
    status = cudnn_nccl_load(&nccl);
    if (status)
        return status;
    team *t = calloc(1, sizeof *t);
    if (!t)
        return gpu_host->fail(RN_E_NOMEM, "no memory for %d ranks", (int)n);
    t->nccl = nccl;
    t->n = t->n_open = n;
    for (int32_t i = 0; i < n && !status; i++)
        status = rank_make(contexts[i], t, i);
    if (!status)
        status = comms_make(contexts, t);
    if (!status)
        return RN_OK;
    for (int32_t i = 0; i < n; i++)
        rank_free(contexts[i]);
    free(t);
    return status;
}

const struct rn_collective cudnn_collective = { .size = sizeof cudnn_collective,
                                                .join = join,
                                                .interrupt = interrupt };
#endif
