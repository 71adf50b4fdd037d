/* collective.c: the extension that joins contexts, of this process or of several, as ranks. */
#include <resnet/collective.h>

#include "cudnn/runtime/ranks.h"

#ifdef HAVE_NCCL
#include <stdlib.h>
#include <string.h>

#include "cudnn/runtime/device.h"

_Static_assert(sizeof(ncclUniqueId) <= RN_COLLECTIVE_KEY_BYTES, "an id is a key");

/* ---- Leaving ---- */

static void *abort_all(void *argument)
{
    cudnn_team *t = argument;
    for (int32_t i = 0; i < t->n; i++) {
        cudnn_comm_abort(&t->ranks[i]->part);
        cudnn_comm_abort(&t->ranks[i]->all);
    }
    return NULL;
}

/* Aborts in a thread: aborting the last communicator returns only after all graphs that contain it
 * are destroyed (NCCL's commDestroySync), which the core does after this rank's thread returns. */
static void team_abort(cudnn_team *t)
{
    if (t->is_gone || atomic_exchange(&t->is_interrupted, true))
        return;
    t->has_aborter = pthread_create(&t->aborter, NULL, abort_all, t) == 0;
    if (!t->has_aborter)
        abort_all(t);
}

/* May come before the context is a rank: joining then fails. */
static void interrupt(rn_context *context)
{
    context->is_interrupted = true;
    cudnn_ranks *r = context->ranks;
    if (r)
        team_abort(r->team);
}

static void rank_free(cudnn_ranks *r)
{
    if (r->stream) {
        cudaStreamSynchronize(r->stream);
        cudaStreamDestroy(r->stream);
    }
    if (r->forked)
        cudaEventDestroy(r->forked);
    if (r->done)
        cudaEventDestroy(r->done);
    pthread_mutex_destroy(&r->all.busy);
    pthread_mutex_destroy(&r->part.busy);
    free(r);
}

static void team_free(cudnn_team *t)
{
    free(t->ranks);
    free(t);
}

/* Requires that the ranks' graphs are destroyed, because CommDestroy waits for them. It does not
 * wait for enqueued work, so synchronize first. */
static void team_end(cudnn_team *t)
{
    if (t->has_aborter)
        pthread_join(t->aborter, NULL);
    t->has_aborter = false;
    if (t->is_interrupted && t->n_open == t->n)
        abort_all(t); /* what began to join when the thread had passed it */
    for (int32_t i = 0; !t->is_gone && i < t->n; i++) {
        cudaStreamSynchronize(t->ranks[i]->stream);
        cudnn_comm_destroy(&t->ranks[i]->part);
        cudnn_comm_destroy(&t->ranks[i]->all);
    }
    t->is_gone = true;
}

void cudnn_ranks_leave(rn_context *context)
{
    cudnn_ranks *r = context->ranks;
    if (!r)
        return;
    cudnn_team *t = r->team;
    team_end(t);
    cudaSetDevice(context->device);
    rank_free(r);
    context->ranks = NULL;
    if (--t->n_open == 0)
        team_free(t);
}

/* ---- Joining ---- */

static rn_status rank_make(const rn_context *context, cudnn_team *t, int32_t index)
{
    rn_status status = cudnn_enter(context);
    cudnn_ranks *r = status ? NULL : calloc(1, sizeof *r);
    if (!r)
        return status ? status : gpu_host->fail(RN_E_NOMEM, "no memory for a rank");
    t->ranks[index] = r;
    r->team = r->all.team = r->part.team = t;
    pthread_mutex_init(&r->all.busy, NULL);
    pthread_mutex_init(&r->part.busy, NULL);
    cudaError_t error = cudaStreamCreateWithFlags(&r->stream, cudaStreamNonBlocking);
    if (!error)
        error = cudaEventCreateWithFlags(&r->forked, cudaEventDisableTiming);
    if (!error)
        error = cudaEventCreateWithFlags(&r->done, cudaEventDisableTiming);
    return cudnn_cuda_check(error, "make a stream");
}

static rn_status team_make(rn_context *const *contexts, int32_t n, const cudnn_nccl *nccl,
                           cudnn_team **made)
{
    cudnn_team *t = calloc(1, sizeof *t);
    cudnn_ranks **ranks = calloc((size_t)n, sizeof *ranks);
    rn_status status = t && ranks ? RN_OK : gpu_host->fail(RN_E_NOMEM, "no memory for %d ranks", n);
    if (status) {
        free(ranks);
        free(t);
        return status;
    }
    *t = (cudnn_team){ .nccl = nccl, .n = n, .n_open = n, .ranks = ranks };
    for (int32_t i = 0; i < n && !status; i++)
        status = rank_make(contexts[i], t, i);
    for (int32_t i = 0; i < n && status; i++)
        if (ranks[i])
            rank_free(ranks[i]);
    if (status)
        team_free(t);
    else
        *made = t;
    return status;
}

static const char CONNECT[] = "connect the GPUs";

static bool has_begun(ncclResult_t error)
{
    return error == ncclSuccess || error == ncclInProgress;
}

/* Begins to connect the ranks. Their communicators are locked until the group ends, because an
 * abort within it is not allowed. */
static rn_status comms_begin(rn_context *const *contexts, cudnn_team *t, const ncclUniqueId *id)
{
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    rn_status status = RN_OK;
    config.blocking = 0;
    for (int32_t i = 0; i < t->n; i++)
        pthread_mutex_lock(&t->ranks[i]->all.busy);
    ncclResult_t error = t->nccl->GroupStart(), late = ncclSuccess;
    for (int32_t i = 0; i < t->n && !status && has_begun(error); i++) {
        cudnn_ranks *r = t->ranks[i];
        status = cudnn_enter(contexts[i]);
        if (!status)
            error = t->nccl->CommInitRankConfig(&r->all.comm, t->n_ranks, *id, r->rank, &config);
    }
    late = t->nccl->GroupEnd();
    for (int32_t i = 0; i < t->n; i++)
        pthread_mutex_unlock(&t->ranks[i]->all.busy);
    if (status)
        return status;
    error = has_begun(error) ? late : error;
    return has_begun(error) ? RN_OK : cudnn_nccl_check(t->nccl, error, CONNECT);
}

static rn_status comms_make(rn_context *const *contexts, cudnn_team *t, const ncclUniqueId *id)
{
    rn_status status = comms_begin(contexts, t, id);
    for (int32_t i = 0; i < t->n && !status; i++)
        status = cudnn_comm_finish(&t->ranks[i]->all, ncclInProgress, CONNECT);
    return status;
}

static rn_status contexts_check(rn_context *const *contexts, int32_t n)
{
    if (n < 1 || n > CUDNN_MAX_DEVICES)
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "%d GPUs were given, and %d at most work "
                              "together in a process",
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

/* From here on, an interrupt reaches the team. */
static void team_show(rn_context *const *contexts, cudnn_team *t)
{
    for (int32_t i = 0; i < t->n; i++)
        contexts[i]->ranks = t->ranks[i];
    for (int32_t i = 0; i < t->n; i++)
        if (contexts[i]->is_interrupted)
            team_abort(t);
}

static rn_status join_processes(rn_context *const *contexts, int32_t n, int32_t first,
                                int32_t n_ranks, const void *key, uint32_t bytes)
{
    const cudnn_nccl *nccl = NULL;
    cudnn_team *t = NULL;
    ncclUniqueId id;
    if (bytes != sizeof id)
        return gpu_host->fail(RN_E_PLUGIN, "the key has %u bytes, not %zu", bytes, sizeof id);
    memcpy(&id, key, sizeof id);
    rn_status status = contexts_check(contexts, n);
    if (!status)
        status = cudnn_nccl_load(&nccl);
    if (!status)
        status = team_make(contexts, n, nccl, &t);
    if (status)
        return status;
    t->n_ranks = n_ranks;
    for (int32_t i = 0; i < n; i++)
        t->ranks[i]->rank = first + i;
    team_show(contexts, t);
    status = comms_make(contexts, t, &id);
    if (status) {
        team_abort(t);
        t->is_gone = true;
    }
    return status;
}

static rn_status make_key(rn_context *context, void *key, uint32_t *bytes)
{
    const cudnn_nccl *nccl = NULL;
    rn_status status = cudnn_enter(context);
    if (!status)
        status = cudnn_nccl_load(&nccl);
    if (status)
        return status;
    *bytes = sizeof(ncclUniqueId);
    return cudnn_nccl_check(nccl, nccl->GetUniqueId(key), "make an id");
}

static rn_status join(rn_context *const *contexts, int32_t n)
{
    ncclUniqueId id;
    uint32_t bytes = 0;
    rn_status status = contexts_check(contexts, n);
    if (!status)
        status = make_key(contexts[0], &id, &bytes);
    return status ? status : join_processes(contexts, n, 0, n, &id, bytes);
}

const struct rn_collective cudnn_collective = { .size = sizeof cudnn_collective,
                                                .join = join,
                                                .interrupt = interrupt,
                                                .make_key = make_key,
                                                .join_processes = join_processes };
#endif
