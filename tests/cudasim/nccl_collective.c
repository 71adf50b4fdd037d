/* nccl_collective.c: collectives when their streams reach them: ranks meet, their calls are
 * compared, and the last to arrive computes for all. */
#ifdef HAVE_NCCL /* otherwise the library is empty */
#include <stdlib.h>
#include <string.h>

#include "nccl_sim.h"
#include "values.h"

#define GARBAGE 0xff /* NaNs */
#define PATIENCE_MS 900
#define RING_CHUNK (size_t)64 /* elements whose sums begin at the same rank */

size_t nccl_bytes(ncclDataType_t type)
{
    switch ((int)type) {
        case ncclFloat32: return 4;
        case ncclFloat16:
        case ncclBfloat16: return 2;
        default: return 0;
    }
}

static float value_at(const nccl_call *c, size_t at)
{
    switch ((int)c->type) {
        case ncclFloat16: return cudasim_from_half(((const uint16_t *)c->send)[at]);
        case ncclBfloat16: return cudasim_from_bf16(((const uint16_t *)c->send)[at]);
        default: return ((const float *)c->send)[at];
    }
}

static float rounded(ncclDataType_t type, float value)
{
    switch ((int)type) {
        case ncclFloat16: return cudasim_from_half(cudasim_to_half(value));
        case ncclBfloat16: return cudasim_from_bf16(cudasim_to_bf16(value));
        default: return value;
    }
}

static void set_value(const nccl_call *c, size_t at, float value)
{
    switch ((int)c->type) {
        case ncclFloat16: ((uint16_t *)c->receive)[at] = cudasim_to_half(value); break;
        case ncclBfloat16: ((uint16_t *)c->receive)[at] = cudasim_to_bf16(value); break;
        default: ((float *)c->receive)[at] = value; break;
    }
}

/* Adds as around a ring: the sums of different elements begin at different ranks, each step rounds
 * to the type, and a mean is the sum of values divided beforehand. */
static void reduce(const nccl_clique *clique)
{
    const nccl_call *first = &clique->ranks[0]->call;
    float factor = first->op == ncclAvg ? 1.0f / (float)clique->n : 1.0f;
    for (size_t i = 0; i < first->count; i++) {
        size_t begin = i / RING_CHUNK;
        float sum = 0;
        for (size_t k = 0; k < (size_t)clique->n; k++) {
            const nccl_rank *rank = clique->ranks[(begin + k) % (size_t)clique->n];
            float value = rounded(first->type, value_at(&rank->call, i) * factor);
            sum = k == 0 ? value : rounded(first->type, sum + value);
        }
        for (int k = 0; k < clique->n; k++)
            set_value(&clique->ranks[k]->call, i, sum);
    }
}

static void broadcast(const nccl_clique *clique)
{
    const nccl_call *root = &clique->ranks[clique->ranks[0]->call.root]->call;
    for (int i = 0; i < clique->n; i++) {
        const nccl_call *c = &clique->ranks[i]->call;
        memmove(c->receive, root->send, c->count * nccl_bytes(c->type));
    }
}

/* True if all ranks make the same call. */
static bool all_agree(const nccl_clique *clique)
{
    const nccl_call *first = &clique->ranks[0]->call;
    for (int i = 1; i < clique->n; i++) {
        const nccl_call *c = &clique->ranks[i]->call;
        if (c->collective == first->collective && c->count == first->count &&
            c->type == first->type && c->op == first->op && c->root == first->root)
            continue;
        cudasim_blame(c->function,
                      "rank %d: %zu of type %d, operation %d, root %d; rank 0: %s of "
                      "%zu of type %d, operation %d, root %d",
                      i, c->count, (int)c->type, (int)c->op, c->root, first->function, first->count,
                      (int)first->type, (int)first->op, first->root);
        return false;
    }
    return true;
}

static void finish(const nccl_clique *clique)
{
    bool agrees = all_agree(clique);
    if (agrees && clique->ranks[0]->call.collective == NCCL_ALL_REDUCE)
        reduce(clique);
    else if (agrees)
        broadcast(clique);
    for (int i = 0; i < clique->n; i++) {
        clique->ranks[i]->is_done = true;
        clique->ranks[i]->is_wrong = !agrees;
    }
}

/* Completes a collective for one rank's stream. */
static bool collect(nccl_rank *self)
{
    if (self->is_wrong) {
        self->asynchronous = ncclInvalidUsage;
        cudasim_late_error(cudaErrorLaunchFailure);
    }
    self->pending = NULL;
    self->is_done = false;
    self->is_wrong = false;
    return true;
}

/* Ends a collective whose rank has gone. An aborted rank continues with garbage, as NCCL's kernels
 * then end early; for a destroyed one that is an error. */
static bool leave_undone(const nccl_call *c)
{
    nccl_rank *self = c->rank;
    memset(c->receive, GARBAGE, c->count * nccl_bytes(c->type));
    self->pending = NULL;
    self->is_done = false;
    if (self->is_aborted)
        return true;
    cudasim_blame(c->function, "the communicator was destroyed before");
    cudasim_late_error(cudaErrorIllegalAddress);
    return true;
}

/* True if the rank left so long ago that one waiting for it would also have left by now if it were
 * going to. NVIDIA's would wait forever. */
static bool has_left(const nccl_rank *rank)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ms =
        (now.tv_sec - rank->end.tv_sec) * 1000 + (now.tv_nsec - rank->end.tv_nsec) / 1000000;
    return rank->is_over && ms >= PATIENCE_MS;
}

/* A rank that has not arrived; NULL: all have. */
static const nccl_rank *find_missing(const nccl_clique *clique)
{
    for (int i = 0; i < clique->n; i++) {
        const nccl_rank *rank = clique->ranks[i];
        if (!rank->pending || rank->is_done || rank->is_over)
            return rank;
    }
    return NULL;
}

bool nccl_call_run(void *what)
{
    const nccl_call *c = what;
    nccl_rank *self = c->rank;
    if (self->pending && self->pending != what)
        return false; /* another stream's collective of this rank is not finished */
    if (self->is_done)
        return collect(self);
    if (self->is_over)
        return leave_undone(c);
    self->pending = what;
    self->call = *c;
    const nccl_rank *other = find_missing(self->clique);
    if (!other) {
        finish(self->clique);
        return collect(self);
    }
    if (!has_left(other))
        return false;
    cudasim_blame(c->function, "rank %d waits for rank %d, which has left", self->rank,
                  other->rank);
    self->asynchronous = ncclSystemError;
    self->pending = NULL;
    cudasim_late_error(cudaErrorLaunchFailure);
    return true;
}

#endif
