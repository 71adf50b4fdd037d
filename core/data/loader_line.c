/* loader_line.c: workers that make samples into a queue. */
#include "data/loader_line.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/thread.h"

typedef struct worker {
    pthread_t thread;
    rn_line *line;
    rn_maker *maker;
} worker;

struct rn_line {
    rn_line_params params;
    rn_stream *stream;
    pthread_mutex_t reading; /* held while a place of a stream is taken and read */
    rn_queue queue;
    worker *workers;
    int64_t n_workers; /* with a maker */
    int64_t n_running;
};

/* ---- The queue ---- */

static void mix(void *context, int64_t index, int64_t count)
{
    rn_line *line = context;
    const rn_line_params *p = &line->params;
    rn_queue *queue = &line->queue;
    int64_t slot = rn_queue_slot(queue, index * queue->batch);
    const rn_draw draw = { .seed = p->seed, .epoch = p->epoch, .sample = p->first_batch + index };
    rn_pipeline_mix(p->source->pipeline, &draw, rn_queue_image(queue, slot), queue->labels + slot,
                    count, queue->n_classes, queue->targets + slot * queue->n_classes);
}

static bool make_queue(rn_line *line)
{
    const rn_line_params *p = &line->params;
    const rn_config *config = p->source->config;
    bool mixes = rn_pipeline_mixes(p->source->pipeline);
    line->queue = (rn_queue){ .batch = p->batch,
                              .n_batches = p->n_batches,
                              .last = p->last,
                              .image_bytes = rn_source_image_bytes(p->source, p->bytes),
                              .n_classes = mixes ? config->network.classes : 0,
                              .count = p->count,
                              .skips = config->data.on_error == RN_ON_ERROR_SKIP,
                              .mix = mixes ? mix : NULL,
                              .context = line,
                              .memory = p->memory };
    return rn_queue_init(&line->queue, p->first);
}

/* ---- The workers ---- */

/* Takes the next place; a stream's sample is read here, since it has to be read in order. */
static bool take(worker *w, rn_place *place)
{
    rn_line *line = w->line;
    if (!line->stream) {
        bool given = rn_queue_take(&line->queue, place);
        if (given)
            place->sample = line->params.samples[place->place];
        return given;
    }
    pthread_mutex_lock(&line->reading);
    bool given = rn_queue_take(&line->queue, place);
    if (given) {
        place->sample = line->params.samples[place->place];
        place->status = rn_maker_read_stream(w->maker, line->stream);
    }
    pthread_mutex_unlock(&line->reading);
    return given;
}

static rn_status make_picture(worker *w, int64_t sample, void *to)
{
    const rn_line_params *p = &w->line->params;
    return p->bytes ? rn_maker_make_bytes(w->maker, sample, p->epoch, to)
                    : rn_maker_make(w->maker, sample, p->epoch, to);
}

static void make(worker *w, rn_place *place)
{
    rn_line *line = w->line;
    rn_queue *queue = &line->queue;
    int64_t slot = rn_queue_slot(queue, place->slot);
    if (!line->stream)
        place->status = rn_maker_read(w->maker, place->sample);
    if (!place->status)
        place->status = make_picture(w, place->sample, rn_queue_image(queue, slot));
    if (place->status) {
        place->state = RN_PLACE_BROKEN;
        place->message = rn_maker_say_why(w->maker, place->sample);
        return;
    }
    queue->labels[slot] = rn_maker_label(w->maker);
    queue->samples[slot] = place->sample;
    place->state = RN_PLACE_MADE;
}

/* Tells the system which sample this worker, or another, will read soon. */
static void read_ahead(const worker *w, int64_t place)
{
    const rn_line *line = w->line;
    int64_t next = place + 2 * line->n_workers;
    if (!line->stream && next < line->queue.count)
        rn_source_read_ahead(line->params.source, line->params.samples[next]);
}

static void *work(void *argument)
{
    worker *w = argument;
    rn_place place;
    while (take(w, &place)) {
        read_ahead(w, place.place);
        make(w, &place);
        rn_queue_put(&w->line->queue, &place);
    }
    return NULL;
}

static rn_status start_threads(rn_line *line)
{
    int error = 0;
    while (!error && line->n_running < line->n_workers) {
        worker *w = &line->workers[line->n_running];
        error = rn_thread_start(&w->thread, work, w);
        line->n_running += error == 0;
    }
    if (error)
        return rn_fail(RN_E_NOMEM, "cannot start the threads that load images: %s",
                       strerror(error));
    return RN_OK;
}

static rn_status start_workers(rn_line *line)
{
    int64_t n = line->params.workers > 0 ? line->params.workers : 1;
    line->workers = calloc((size_t)n, sizeof *line->workers);
    if (!line->workers)
        return rn_fail(RN_E_NOMEM, "not enough memory for the threads that load images");
    for (; line->n_workers < n; line->n_workers++) {
        worker *w = &line->workers[line->n_workers];
        w->line = line;
        rn_status status = rn_maker_create(line->params.source, line->params.seed, &w->maker);
        if (status)
            return status;
    }
    return start_threads(line);
}

/* ---- The line ---- */

static rn_status start_stream(rn_line *line)
{
    const rn_line_params *p = &line->params;
    const rn_dataset *dataset = p->source->dataset;
    if (!rn_source_is_stream(p->source) || p->first == p->count)
        return RN_OK;
    return dataset->kind->start(dataset, p->samples, p->count, p->first, &line->stream);
}

rn_status rn_line_create(const rn_line_params *params, bool *lacks_room, rn_line **out)
{
    rn_line *line = calloc(1, sizeof *line);
    *out = NULL;
    *lacks_room = !line;
    if (!line)
        return rn_fail(RN_E_NOMEM, "not enough memory for the loader");
    line->params = *params;
    pthread_mutex_init(&line->reading, NULL);
    *lacks_room = !make_queue(line);
    rn_status status =
        *lacks_room ? rn_fail(RN_E_NOMEM, "not enough memory for images") : start_stream(line);
    if (!status)
        status = start_workers(line);
    if (status)
        rn_line_destroy(line);
    else
        *out = line;
    return status;
}

rn_queue *rn_line_queue(rn_line *line)
{
    return &line->queue;
}

void rn_line_add_times(rn_line *line, rn_loader_times *times)
{
    pthread_mutex_lock(&line->queue.lock);
    for (int64_t i = 0; i < line->n_workers; i++)
        rn_maker_add_times(line->workers[i].maker, times);
    times->mix_s += line->queue.mix_s;
    times->idle_s += line->queue.idle_s;
    pthread_mutex_unlock(&line->queue.lock);
}

void rn_line_destroy(rn_line *line)
{
    if (!line)
        return;
    if (line->n_running)
        rn_queue_stop(&line->queue);
    for (int64_t i = 0; i < line->n_running; i++)
        pthread_join(line->workers[i].thread, NULL);
    for (int64_t i = 0; i < line->n_workers; i++)
        rn_maker_destroy(line->workers[i].maker);
    if (line->stream)
        line->params.source->dataset->kind->stop(line->stream);
    rn_queue_clear(&line->queue);
    pthread_mutex_destroy(&line->reading);
    free(line->workers);
    free(line);
}
