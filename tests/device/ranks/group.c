/* group.c: ranks wait for each other and add numbers together. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ranks.h"

struct ranks_group {
    int32_t n, n_open;
    const ranks_state *members[RANKS_MAX];
    pthread_mutex_t lock; /* guards the fields below */
    pthread_cond_t changed;
    bool interrupted;
    int32_t n_waiting;
    int64_t round; /* counts the meetings */
    const double *values[RANKS_MAX];
    const char *what[RANKS_MAX];
    int64_t count[RANKS_MAX];
};

int32_t ranks_count(const ranks_state *state)
{
    return state->sum ? state->n_summed : state->group ? state->group->n : 1;
}

bool ranks_has_others(const ranks_state *state)
{
    return state->group || state->sum;
}

/* Waits until all ranks have arrived; the lock must be held. */
static rn_status wait_for_all(ranks_group *group)
{
    int64_t round = group->round;
    group->n_waiting++;
    if (group->n_waiting == group->n) {
        group->n_waiting = 0;
        group->round++;
        pthread_cond_broadcast(&group->changed);
    }
    while (group->round == round && !group->interrupted)
        pthread_cond_wait(&group->changed, &group->lock);
    if (group->round == round)
        return cpu_host->fail(RN_E_DEVICE, "another rank has failed");
    return RN_OK;
}

rn_status ranks_sum(ranks_state *state, const char *what, double *values, int64_t count)
{
    if (state->sum)
        return state->sum(state->argument, values, count);
    ranks_group *group = state->group;
    double *sums = calloc((size_t)count + 1, sizeof *sums);
    if (!group || !sums) {
        free(sums);
        return cpu_host->fail(RN_E_DEVICE, "%s: no other ranks, or no memory", what);
    }
    pthread_mutex_lock(&group->lock);
    group->values[state->rank] = values;
    group->what[state->rank] = what;
    group->count[state->rank] = count;
    rn_status status = wait_for_all(group);
    for (int32_t i = 0; i < group->n && !status; i++) {
        if (strcmp(group->what[i], what) != 0 || group->count[i] != count)
            status = cpu_host->fail(RN_E_DEVICE, "rank %d does %s, and rank %d %s",
                                    (int)state->rank, what, (int)i, group->what[i]);
        for (int64_t k = 0; k < count && !status; k++)
            sums[k] += group->values[i][k];
    }
    if (!status)
        status = wait_for_all(group);
    pthread_mutex_unlock(&group->lock);
    if (!status)
        memcpy(values, sums, (size_t)count * sizeof *values);
    free(sums);
    return status;
}

static rn_status flush_one(ranks_state *state, const ranks_pending *p)
{
    double *values = malloc((size_t)p->count * sizeof *values);
    if (!values)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a mean");
    for (int64_t i = 0; i < p->count; i++)
        values[i] = (double)p->values[i];
    rn_status status = ranks_sum(state, "all_reduce", values, p->count);
    for (int64_t i = 0; i < p->count && !status; i++)
        p->values[i] = (float)(values[i] / state->group->n);
    free(values);
    return status;
}

rn_status ranks_flush(ranks_state *state)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < state->n_pending && !status; i++)
        status = flush_one(state, &state->pending[i]);
    state->n_pending = 0;
    return status;
}

static rn_status join(rn_context *const *contexts, int32_t n)
{
    if (n < 2 || n > RANKS_MAX)
        return cpu_host->fail(RN_E_DEVICE, "%d ranks cannot join", (int)n);
    if (ranks_fault(contexts[0]->state, "join"))
        return cpu_host->fail(RN_E_UNSUPPORTED, "these devices cannot reach each other");
    ranks_group *group = calloc(1, sizeof *group);
    if (!group)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a group");
    group->n = group->n_open = n;
    pthread_mutex_init(&group->lock, NULL);
    pthread_cond_init(&group->changed, NULL);
    for (int32_t i = 0; i < n; i++) {
        ranks_state *state = contexts[i]->state;
        if (state->group)
            abort();
        state->group = group;
        state->rank = i;
        group->members[i] = state;
    }
    return RN_OK;
}

static void interrupt(rn_context *context)
{
    ranks_group *group = ranks_state_of(context)->group;
    pthread_mutex_lock(&group->lock);
    group->interrupted = true;
    pthread_cond_broadcast(&group->changed);
    pthread_mutex_unlock(&group->lock);
}

void ranks_leave(ranks_state *state)
{
    ranks_group *group = state->group;
    for (int32_t i = 0; group && group->n_open == group->n && i < group->n; i++)
        if (group->members[i]->recordings)
            abort();
    if (!group || --group->n_open > 0)
        return;
    pthread_mutex_destroy(&group->lock);
    pthread_cond_destroy(&group->changed);
    free(group);
}

const rn_collective ranks_collective = { .size = sizeof ranks_collective,
                                         .join = join,
                                         .interrupt = interrupt };

static void set_sum(rn_context *context, rn_rank_sum *sum, void *argument, int32_t n_ranks)
{
    ranks_state *state = context->state;
    state->sum = sum;
    state->argument = argument;
    state->n_summed = n_ranks;
}

const rn_rank_sums ranks_by_core = { .size = sizeof ranks_by_core, .set = set_sum };
