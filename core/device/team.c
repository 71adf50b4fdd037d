/* team.c: threads that wait for a job, do their rank's part and report that it is done. */
#include "device/team.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/thread.h"
#include "device/calls.h"
#include "world/world.h"

#define TEXT_BYTES 2048 /* of the first failure */

typedef struct worker {
    rn_team *team;
    int32_t rank;
    pthread_t thread;
} worker;

struct rn_team {
    rn_ranks ranks;
    rn_device *devices[RN_MAX_RANKS]; /* of the ranks */
    rn_group *group;                  /* NULL: the backend has collective operations */
    worker workers[RN_MAX_RANKS];     /* by rank; the calling thread serves rank 0 */
    int32_t n_started;

    pthread_mutex_t lock; /* guards the members below */
    pthread_cond_t given, done;
    rn_team_job *job;
    void *context;
    int64_t n_jobs; /* given so far */
    int32_t n_busy; /* threads still at work on the job */
    bool stop;
    rn_status failure; /* the first one; RN_OK: none */
    char text[TEXT_BYTES];
};

/* The rank goes no further, so others are not to wait for it. */
static void interrupt(rn_team *team, int32_t rank)
{
    const rn_device *device = team->devices[rank];
    if (team->group)
        rn_group_interrupt(team->group);
    else
        device->collective.interrupt(device->context);
}

/* Another process has failed. */
static void interrupt_all(void *argument)
{
    rn_team *team = argument;
    for (int32_t i = 0; i < team->ranks.n; i++)
        interrupt(team, i);
}

/* Records the failure if it is the first, which causes the others, tells the other processes, and
 * interrupts the exchanges of the device. */
static void note_failure(rn_team *team, int32_t rank, rn_status status)
{
    pthread_mutex_lock(&team->lock);
    bool is_first = !team->failure;
    if (is_first) {
        team->failure = status;
        snprintf(team->text, sizeof team->text, "%s", rn_fail_text());
    }
    pthread_mutex_unlock(&team->lock);
    if (is_first && team->ranks.all > team->ranks.n)
        rn_world_fail(status);
    interrupt(team, rank);
}

static void do_part(rn_team *team, int32_t rank)
{
    rn_status status = team->job(team->context, rank);
    if (status)
        note_failure(team, rank, status);
}

static void *work(void *argument)
{
    const worker *self = argument;
    rn_team *team = self->team;
    int64_t n_done = 0;
    pthread_mutex_lock(&team->lock);
    while (!team->stop) {
        if (team->n_jobs == n_done) {
            pthread_cond_wait(&team->given, &team->lock);
            continue;
        }
        n_done++;
        pthread_mutex_unlock(&team->lock);
        do_part(team, self->rank);
        pthread_mutex_lock(&team->lock);
        if (--team->n_busy == 0)
            pthread_cond_signal(&team->done);
    }
    pthread_mutex_unlock(&team->lock);
    return NULL;
}

static rn_status start_threads(rn_team *team)
{
    int error = 0;
    for (int32_t i = 1; i < team->ranks.n && !error; i++) {
        worker *w = &team->workers[i];
        *w = (worker){ .team = team, .rank = i };
        error = rn_thread_start(&w->thread, work, w);
        if (!error)
            team->n_started = i;
    }
    if (error)
        return rn_fail(RN_E_NOMEM, "cannot start the threads of the devices: %s", strerror(error));
    return RN_OK;
}

/* The key of the ranks' group is made by the backend in the first process. */
static rn_status share_key(const rn_team *team, unsigned char *key, uint32_t *bytes)
{
    const rn_device *device = team->devices[0];
    rn_status status = RN_OK;
    rn_slot_begin();
    if (rn_world_is_first())
        status = rn_slot_end(device->collective.make_key(device->context, key, bytes),
                             "collective.make_key");
    if (!status && *bytes > RN_COLLECTIVE_KEY_BYTES)
        status = rn_fail(RN_E_PLUGIN, "its slot \"collective.make_key\" made a key of %u bytes",
                         (unsigned)*bytes);
    if (!status)
        status = rn_world_broadcast(0, bytes, sizeof *bytes);
    return status ? status : rn_world_broadcast(0, key, *bytes);
}

static rn_status join_processes(rn_team *team, rn_context *const *contexts)
{
    const rn_collective *collective = &team->devices[0]->collective;
    const rn_ranks *ranks = &team->ranks;
    unsigned char key[RN_COLLECTIVE_KEY_BYTES] = { 0 };
    uint32_t bytes = 0;
    if (!collective->make_key || !collective->join_processes)
        return rn_fail(RN_E_UNSUPPORTED, "it joins devices of one process only");
    rn_status status = share_key(team, key, &bytes);
    if (status)
        return status;
    rn_world_watch(interrupt_all, team);
    rn_slot_begin();
    status = collective->join_processes(contexts, ranks->n, ranks->first, ranks->all, key, bytes);
    return rn_slot_end(status, "collective.join_processes");
}

static rn_status join(rn_team *team)
{
    const rn_collective *collective = &team->devices[0]->collective;
    rn_context *contexts[RN_MAX_RANKS];
    if (!collective->size)
        return rn_group_open(&team->ranks, &team->group);
    for (int32_t i = 0; i < team->ranks.n; i++)
        contexts[i] = team->devices[i]->context;
    if (team->ranks.all > team->ranks.n)
        return join_processes(team, contexts);
    rn_slot_begin();
    return rn_slot_end(collective->join(contexts, team->ranks.n), "collective.join");
}

rn_status rn_team_open(const rn_ranks *ranks, rn_team **out)
{
    rn_team *team = calloc(1, sizeof *team);
    if (!team)
        return rn_fail(RN_E_NOMEM, "no memory for the threads of the devices");
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->given, NULL);
    pthread_cond_init(&team->done, NULL);
    team->ranks = *ranks;
    team->ranks.devices = team->devices;
    memcpy(team->devices, ranks->devices, (size_t)ranks->n * sizeof *team->devices);
    rn_status status = join(team);
    if (status)
        goto failed;
    status = start_threads(team);
    if (status)
        goto failed;
    *out = team;
    return RN_OK;
failed:
    rn_team_close(team);
    return status;
}

rn_status rn_team_run(rn_team *team, rn_team_job *job, void *context)
{
    if (team->failure)
        return rn_fail(team->failure, "%s", team->text);
    pthread_mutex_lock(&team->lock);
    team->job = job;
    team->context = context;
    team->n_busy = team->ranks.n - 1;
    team->n_jobs++;
    pthread_cond_broadcast(&team->given);
    pthread_mutex_unlock(&team->lock);
    do_part(team, 0);
    pthread_mutex_lock(&team->lock);
    while (team->n_busy > 0)
        pthread_cond_wait(&team->done, &team->lock);
    pthread_mutex_unlock(&team->lock);
    return team->failure ? rn_fail(team->failure, "%s", team->text) : RN_OK;
}

double rn_team_waited_s(const rn_team *team)
{
    return team->group ? rn_group_waited_s(team->group) : 0;
}

void rn_team_close(rn_team *team)
{
    if (!team)
        return;
    rn_world_watch(NULL, NULL);
    pthread_mutex_lock(&team->lock);
    team->stop = true;
    pthread_cond_broadcast(&team->given);
    pthread_mutex_unlock(&team->lock);
    for (int32_t i = 1; i <= team->n_started; i++)
        pthread_join(team->workers[i].thread, NULL);
    rn_group_close(team->group);
    pthread_mutex_destroy(&team->lock);
    pthread_cond_destroy(&team->given);
    pthread_cond_destroy(&team->done);
    free(team);
}
