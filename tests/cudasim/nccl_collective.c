/* nccl_collective.c: collectives when their streams reach them: ranks meet in the memory that they
 * share, their calls are compared, and the last to arrive computes for all. */
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

static size_t bytes_of(const nccl_terms *terms)
{
    return terms->count * nccl_bytes(terms->type);
}

static float value_at(ncclDataType_t type, const void *data, size_t at)
{
    switch ((int)type) {
        case ncclFloat16: return cudasim_from_half(((const uint16_t *)data)[at]);
        case ncclBfloat16: return cudasim_from_bf16(((const uint16_t *)data)[at]);
        default: return ((const float *)data)[at];
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

static void set_value(ncclDataType_t type, void *data, size_t at, float value)
{
    switch ((int)type) {
        case ncclFloat16: ((uint16_t *)data)[at] = cudasim_to_half(value); break;
        case ncclBfloat16: ((uint16_t *)data)[at] = cudasim_to_bf16(value); break;
        default: ((float *)data)[at] = value; break;
    }
}

/* Adds as around a ring: the sums of different elements begin at different ranks, each step rounds
 * to the type, and a mean is the sum of values divided beforehand. The result takes the place of
 * what rank 0 sent. */
static void reduce(nccl_shared *shared)
{
    const nccl_terms *terms = &shared->seats[0].terms;
    size_t n = (size_t)shared->n;
    float factor = terms->op == ncclAvg ? 1.0f / (float)n : 1.0f;
    void *data[NCCL_SIM_RANKS];
    for (size_t k = 0; k < n; k++)
        data[k] = nccl_shared_data(shared, (int)k);
    for (size_t i = 0; i < terms->count; i++) {
        size_t begin = i / RING_CHUNK;
        float sum = 0;
        for (size_t k = 0; k < n; k++) {
            float value =
                rounded(terms->type, value_at(terms->type, data[(begin + k) % n], i) * factor);
            sum = k == 0 ? value : rounded(terms->type, sum + value);
        }
        set_value(terms->type, data[0], i, sum);
    }
}

/* True if all ranks make the same call. */
static bool all_agree(const nccl_shared *shared)
{
    const nccl_terms *first = &shared->seats[0].terms;
    for (int i = 1; i < shared->n; i++) {
        const nccl_terms *t = &shared->seats[i].terms;
        if (t->collective == first->collective && t->count == first->count &&
            t->type == first->type && t->op == first->op && t->root == first->root)
            continue;
        cudasim_blame(t->function,
                      "rank %d: %zu of type %d, operation %d, root %d; rank 0: %s of "
                      "%zu of type %d, operation %d, root %d",
                      i, t->count, (int)t->type, (int)t->op, t->root, first->function, first->count,
                      (int)first->type, (int)first->op, first->root);
        return false;
    }
    return true;
}

/* A rank that has not arrived; -1: all have. */
static int find_missing(const nccl_shared *shared)
{
    for (int i = 0; i < shared->n; i++)
        if (shared->seats[i].step != NCCL_ARRIVED || shared->seats[i].is_over)
            return i;
    return -1;
}

static void finish(nccl_shared *shared)
{
    bool agrees = all_agree(shared);
    if (agrees && shared->seats[0].terms.collective == NCCL_ALL_REDUCE)
        reduce(shared);
    for (int i = 0; i < shared->n; i++) {
        shared->seats[i].step = NCCL_DONE;
        shared->seats[i].is_wrong = !agrees;
    }
}

/* Whether a rank has not taken the last result yet, for which the memory must stay as it is. */
static bool is_read(nccl_shared *shared)
{
    bool is = false;
    nccl_shared_lock(shared);
    for (int i = 0; i < shared->n; i++)
        is |= shared->seats[i].step == NCCL_DONE && !shared->seats[i].is_over;
    nccl_shared_unlock(shared);
    return is;
}

/* False: not yet. */
static bool arrive(const nccl_call *c)
{
    nccl_rank *self = c->rank;
    nccl_shared *shared = self->clique->shared;
    bool sends = c->terms.collective == NCCL_ALL_REDUCE || c->terms.root == self->rank;
    if (is_read(shared))
        return false;
    if (sends)
        memcpy(nccl_shared_data(shared, self->rank), c->send, bytes_of(&c->terms));
    nccl_shared_lock(shared);
    self->seat->terms = c->terms;
    self->seat->step = NCCL_ARRIVED;
    if (find_missing(shared) < 0)
        finish(shared);
    nccl_shared_unlock(shared);
    return true;
}

static bool go_on(nccl_rank *self)
{
    nccl_shared_lock(self->clique->shared);
    self->seat->step = NCCL_ELSEWHERE;
    nccl_shared_unlock(self->clique->shared);
    self->pending = NULL;
    return true;
}

/* Completes a collective for one rank's stream. */
static bool collect(const nccl_call *c)
{
    nccl_rank *self = c->rank;
    int from = c->terms.collective == NCCL_BROADCAST ? c->terms.root : 0;
    if (self->seat->is_wrong) {
        self->asynchronous = ncclInvalidUsage;
        cudasim_late_error(cudaErrorLaunchFailure);
    } else {
        memcpy(c->receive, nccl_shared_data(self->clique->shared, from), bytes_of(&c->terms));
    }
    return go_on(self);
}

/* Ends a collective whose rank has gone. An aborted rank continues with garbage, as NCCL's kernels
 * then end early; for a destroyed one that is an error. */
static bool leave_undone(const nccl_call *c)
{
    memset(c->receive, GARBAGE, bytes_of(&c->terms));
    go_on(c->rank);
    if (c->rank->is_aborted)
        return true;
    cudasim_blame(c->function, "the communicator was destroyed before");
    cudasim_late_error(cudaErrorIllegalAddress);
    return true;
}

/* True if the rank left so long ago that one waiting for it would also have left by now if it were
 * going to. NVIDIA's would wait forever. */
static bool has_left(const nccl_seat *seat)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ms =
        (now.tv_sec - seat->end.tv_sec) * 1000 + (now.tv_nsec - seat->end.tv_nsec) / 1000000;
    return seat->is_over && ms >= PATIENCE_MS;
}

/* Waits for the others, unless one of them has left. */
static bool wait_on(const nccl_call *c)
{
    nccl_rank *self = c->rank;
    nccl_shared *shared = self->clique->shared;
    nccl_shared_lock(shared);
    int missing = find_missing(shared);
    bool is_lost = missing >= 0 && has_left(&shared->seats[missing]);
    nccl_shared_unlock(shared);
    if (!is_lost)
        return false;
    cudasim_blame(c->function, "rank %d waits for rank %d, which has left", self->rank, missing);
    self->asynchronous = ncclSystemError;
    cudasim_late_error(cudaErrorLaunchFailure);
    return go_on(self);
}

static nccl_step step_of(const nccl_rank *self)
{
    nccl_shared_lock(self->clique->shared);
    nccl_step step = self->seat->step;
    nccl_shared_unlock(self->clique->shared);
    return step;
}

bool nccl_call_run(void *what)
{
    const nccl_call *c = what;
    nccl_rank *self = c->rank;
    if (self->pending && self->pending != what)
        return false; /* another stream's collective of this rank is not finished */
    if (!self->pending && !self->is_over && arrive(c))
        self->pending = what;
    if (self->pending && step_of(self) == NCCL_DONE)
        return collect(c);
    if (self->is_over)
        return leave_undone(c);
    return self->pending && wait_on(c);
}

#endif
