/* ranks.c: threads that wait for a job, do their part of it, and say so. */
#include "device/ranks.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

#define TEXT_BYTES 2048 /* of the first failure */

typedef struct worker {
    rn_ranks *ranks;
    int32_t rank;
    pthread_t thread;
} worker;

struct rn_ranks {
    rn_device *devices[RN_MAX_RANKS];
    worker workers[RN_MAX_RANKS]; /* by rank; that of rank 0 is not used */
    int32_t n, n_started;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t given, done;
    rn_rank_job *job;
    void *context;
    int64_t n_jobs; /* given so far */
    int32_t n_busy; /* threads that have not done theirs */
    bool stop;
    rn_status failure; /* the first one; RN_OK: none */
    char text[TEXT_BYTES];
};

/* Keeps the first failure, which is the cause of the others. */
static void note_failure(rn_ranks *ranks, int32_t rank, rn_status status)
{
    const rn_device *device = ranks->devices[rank];
    pthread_mutex_lock(&ranks->lock);
    if (!ranks->failure) {
        ranks->failure = status;
        snprintf(ranks->text, sizeof ranks->text, "%s", rn_fail_text());
    }
    pthread_mutex_unlock(&ranks->lock);
    device->collective.interrupt(device->context);
}

static void do_part(rn_ranks *ranks, int32_t rank)
{
    rn_status status = ranks->job(ranks->context, rank);
    if (status)
        note_failure(ranks, rank, status);
}

static void *work(void *argument)
{
    const worker *self = argument;
    rn_ranks *ranks = self->ranks;
    int64_t n_done = 0;
    pthread_mutex_lock(&ranks->lock);
    while (!ranks->stop) {
        if (ranks->n_jobs == n_done) {
            pthread_cond_wait(&ranks->given, &ranks->lock);
            continue;
        }
        n_done++;
        pthread_mutex_unlock(&ranks->lock);
        do_part(ranks, self->rank);
        pthread_mutex_lock(&ranks->lock);
        if (--ranks->n_busy == 0)
            pthread_cond_signal(&ranks->done);
    }
    pthread_mutex_unlock(&ranks->lock);
    return NULL;
}

/* The threads get no signals: Ctrl-C is for the main thread. */
static rn_status start_threads(rn_ranks *ranks)
{
    sigset_t all, before;
    int error = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (int32_t i = 1; i < ranks->n && !error; i++) {
        worker *w = &ranks->workers[i];
        *w = (worker){ .ranks = ranks, .rank = i };
        error = pthread_create(&w->thread, NULL, work, w);
        if (!error)
            ranks->n_started = i;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        return rn_fail(RN_E_NOMEM, "cannot start the threads of the devices: %s", strerror(error));
    return RN_OK;
}

rn_status rn_ranks_open(rn_device *const *devices, int32_t n, rn_ranks **out)
{
    rn_context *contexts[RN_MAX_RANKS];
    rn_ranks *ranks = calloc(1, sizeof *ranks);
    if (!ranks)
        return rn_fail(RN_E_NOMEM, "no memory for the threads of the devices");
    pthread_mutex_init(&ranks->lock, NULL);
    pthread_cond_init(&ranks->given, NULL);
    pthread_cond_init(&ranks->done, NULL);
    ranks->n = n;
    for (int32_t i = 0; i < n; i++) {
        ranks->devices[i] = devices[i];
        contexts[i] = devices[i]->context;
    }
    rn_status status = devices[0]->collective.join(contexts, n);
    if (!status)
        status = start_threads(ranks);
    if (status)
        rn_ranks_close(ranks);
    else
        *out = ranks;
    return status;
}

rn_status rn_ranks_run(rn_ranks *ranks, rn_rank_job *job, void *context)
{
    if (ranks->failure)
        return rn_fail(ranks->failure, "%s", ranks->text);
    pthread_mutex_lock(&ranks->lock);
    ranks->job = job;
    ranks->context = context;
    ranks->n_busy = ranks->n - 1;
    ranks->n_jobs++;
    pthread_cond_broadcast(&ranks->given);
    pthread_mutex_unlock(&ranks->lock);
    do_part(ranks, 0);
    pthread_mutex_lock(&ranks->lock);
    while (ranks->n_busy > 0)
        pthread_cond_wait(&ranks->done, &ranks->lock);
    pthread_mutex_unlock(&ranks->lock);
    return ranks->failure ? rn_fail(ranks->failure, "%s", ranks->text) : RN_OK;
}

void rn_ranks_close(rn_ranks *ranks)
{
    if (!ranks)
        return;
    pthread_mutex_lock(&ranks->lock);
    ranks->stop = true;
    pthread_cond_broadcast(&ranks->given);
    pthread_mutex_unlock(&ranks->lock);
    for (int32_t i = 1; i <= ranks->n_started; i++)
        pthread_join(ranks->workers[i].thread, NULL);
    pthread_mutex_destroy(&ranks->lock);
    pthread_cond_destroy(&ranks->given);
    pthread_cond_destroy(&ranks->done);
    free(ranks);
}
