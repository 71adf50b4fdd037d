/* each.c: threads that take samples one after the other. */
#include "data/each.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/status.h"
#include "base/thread.h"

#define LOOK_EVERY_NS 100000000

typedef struct loop {
    const rn_each_params *params;
    const rn_dataset *dataset;
    rn_stream *stream;    /* NULL: samples are read by their index */
    int64_t *order;       /* of a stream */
    pthread_mutex_t lock; /* guards the fields below, and the reading of a stream */
    pthread_cond_t ended;
    int64_t next, n_done, n_running;
    bool stop;
    rn_status status; /* of the first failure */
    char message[1024];
} loop;

static void fail(loop *l, rn_status status)
{
    pthread_mutex_lock(&l->lock);
    if (!l->status) {
        l->status = status;
        snprintf(l->message, sizeof l->message, "%s", rn_fail_text());
    }
    l->stop = true;
    pthread_mutex_unlock(&l->lock);
}

/* Takes the next sample and reads it; -1: there is none. */
static int64_t take(loop *l, rn_maker *maker, rn_status *read)
{
    int64_t index = -1;
    pthread_mutex_lock(&l->lock);
    if (!l->stop && l->next < l->params->count)
        index = l->next++;
    if (index >= 0 && l->stream)
        *read = rn_maker_read_stream(maker, l->stream);
    pthread_mutex_unlock(&l->lock);
    if (index >= 0 && !l->stream)
        *read = rn_maker_read(maker, index);
    return index;
}

static void work_through(loop *l, rn_maker *maker)
{
    rn_status read = RN_OK;
    int64_t index;
    while ((index = take(l, maker, &read)) >= 0) {
        rn_status status = l->params->sample(l->params->context, maker, index, read);
        if (status)
            fail(l, status);
        pthread_mutex_lock(&l->lock);
        l->n_done++;
        pthread_mutex_unlock(&l->lock);
    }
}

static void *work(void *argument)
{
    loop *l = argument;
    rn_maker *maker = NULL;
    rn_status status = rn_maker_create(l->params->source, 0, &maker);
    if (status)
        fail(l, status);
    else
        work_through(l, maker);
    rn_maker_destroy(maker);
    pthread_mutex_lock(&l->lock);
    l->n_running--;
    pthread_cond_signal(&l->ended);
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

static rn_status open_stream(loop *l)
{
    if (!rn_source_is_stream(l->params->source) || l->params->count == 0)
        return RN_OK;
    l->order = calloc((size_t)l->dataset->count, sizeof *l->order);
    if (!l->order)
        return rn_fail(RN_E_NOMEM, "not enough memory for the order of %lld samples",
                       (long long)l->dataset->count);
    for (int64_t i = 0; i < l->dataset->count; i++)
        l->order[i] = i;
    return l->dataset->kind->start(l->dataset, l->order, l->dataset->count, 0, &l->stream);
}

/* Waits for the threads, looks for signals, and shows how far they are. */
static void watch(loop *l)
{
    pthread_mutex_lock(&l->lock);
    while (l->n_running > 0) {
        rn_condition_wait(&l->ended, &l->lock, LOOK_EVERY_NS);
        l->stop = l->stop || rn_interrupt_received();
        if (l->params->progress)
            l->params->progress(l->params->context, l->n_done);
    }
    pthread_mutex_unlock(&l->lock);
}

static rn_status run_threads(loop *l, pthread_t *threads, int64_t n)
{
    int error = 0;
    int64_t n_started = 0;
    l->n_running = n;
    while (!error && n_started < n) {
        error = rn_thread_start(&threads[n_started], work, l);
        n_started += error == 0;
    }
    if (error) {
        pthread_mutex_lock(&l->lock);
        l->n_running -= n - n_started;
        l->stop = true;
        pthread_mutex_unlock(&l->lock);
    }
    watch(l);
    for (int64_t i = 0; i < n_started; i++)
        pthread_join(threads[i], NULL);
    return error ? rn_fail(RN_E_NOMEM, "cannot start the threads that read samples: %s",
                           strerror(error))
                 : RN_OK;
}

rn_status rn_each(const rn_each_params *params)
{
    loop l = { .params = params, .dataset = params->source->dataset };
    int64_t n = params->workers > 0 ? params->workers : 1;
    pthread_t *threads = calloc((size_t)n, sizeof *threads);
    if (!threads)
        return rn_fail(RN_E_NOMEM, "not enough memory for the threads that read samples");
    pthread_mutex_init(&l.lock, NULL);
    rn_condition_init(&l.ended);
    rn_status status = open_stream(&l);
    if (!status)
        status = run_threads(&l, threads, n);
    if (!status && l.status)
        status = rn_fail(l.status, "%s", l.message);
    if (!status && rn_interrupt_received())
        status = rn_fail(RN_E_INTERRUPTED, "interrupted");
    if (l.stream)
        l.dataset->kind->stop(l.stream);
    pthread_cond_destroy(&l.ended);
    pthread_mutex_destroy(&l.lock);
    free(l.order);
    free(threads);
    return status;
}
