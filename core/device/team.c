/* team.c: threads that wait for a job, do their rank's part and report that it is done. */
#include "device/team.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/thread.h"

#define TEXT_BYTES 2048 /* of the first failure */

typedef struct worker {
    rn_team *team;
    int32_t rank;
    pthread_t thread;
} worker;

struct rn_team {
    rn_device *devices[RN_MAX_RANKS];
    worker workers[RN_MAX_RANKS]; /* by rank; the calling thread serves rank 0 */
    int32_t n, n_started;

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

/* Records the failure if it is the first, which causes the others, and interrupts the exchanges of
 * the device. */
static void note_failure(rn_team *team, int32_t rank, rn_status status)
{
    const rn_device *device = team->devices[rank];
    pthread_mutex_lock(&team->lock);
    if (!team->failure) {
        team->failure = status;
        snprintf(team->text, sizeof team->text, "%s", rn_fail_text());
    }
    pthread_mutex_unlock(&team->lock);
    device->collective.interrupt(device->context);
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
    for (int32_t i = 1; i < team->n && !error; i++) {
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

rn_status rn_team_open(rn_device *const *devices, int32_t n, rn_team **out)
{
    rn_context *contexts[RN_MAX_RANKS];
    rn_team *team = calloc(1, sizeof *team);
    if (!team)
        return rn_fail(RN_E_NOMEM, "no memory for the threads of the devices");
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->given, NULL);
    pthread_cond_init(&team->done, NULL);
    team->n = n;
    for (int32_t i = 0; i < n; i++) {
        team->devices[i] = devices[i];
        contexts[i] = devices[i]->context;
    }
    rn_status status = devices[0]->collective.join(contexts, n);
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
    team->n_busy = team->n - 1;
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

void rn_team_close(rn_team *team)
{
    if (!team)
        return;
    pthread_mutex_lock(&team->lock);
    team->stop = true;
    pthread_cond_broadcast(&team->given);
    pthread_mutex_unlock(&team->lock);
    for (int32_t i = 1; i <= team->n_started; i++)
        pthread_join(team->workers[i].thread, NULL);
    pthread_mutex_destroy(&team->lock);
    pthread_cond_destroy(&team->given);
    pthread_cond_destroy(&team->done);
    free(team);
}
