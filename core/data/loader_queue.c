/* loader_queue.c: a ring of samples, filled in any order and emptied in the order of the epoch. */
#include "data/loader_queue.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/interrupt.h"
#include "base/status.h"
#include "base/thread.h"

/* How often the caller looks whether a signal asks to stop. */
#define LOOK_EVERY_NS 20000000

double rn_queue_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int64_t n_slots(const rn_queue *queue)
{
    return queue->batch * queue->n_batches;
}

int64_t rn_queue_slot(const rn_queue *queue, int64_t slot)
{
    int64_t n = n_slots(queue), at = queue->last_at;
    return slot < at ? slot % n : at % n + slot - at;
}

static rn_place *record(const rn_queue *queue, int64_t place)
{
    return &queue->places[place % n_slots(queue)];
}

/* An array of `count` * `size` elements; NULL also where the product is too large. */
static void *allocate(int64_t count, int64_t size, size_t element)
{
    int64_t n;
    return __builtin_mul_overflow(count, size, &n) ? NULL : calloc((size_t)n, element);
}

static void allocate_images(rn_queue *queue, int64_t n)
{
    int64_t bytes;
    if (__builtin_mul_overflow(n, queue->image_bytes, &bytes))
        return;
    if (queue->memory.allocate)
        queue->images = queue->memory.allocate(queue->memory.context, (uint64_t)bytes);
    queue->is_pinned = queue->images != NULL;
    if (!queue->images)
        queue->images = calloc((size_t)bytes, 1);
}

bool rn_queue_init(rn_queue *queue, int64_t first)
{
    int64_t n;
    pthread_mutex_init(&queue->lock, NULL);
    rn_condition_init(&queue->made);
    rn_condition_init(&queue->room);
    queue->taken = queue->seen = first;
    queue->last_left_out = &queue->left_out;
    queue->last_at = queue->last ? queue->count - queue->last : INT64_MAX;
    if (__builtin_mul_overflow(queue->batch, queue->n_batches, &n))
        return false;
    n += queue->last > queue->batch ? queue->last - queue->batch : 0;
    allocate_images(queue, n);
    queue->labels = allocate(n, 1, sizeof(int32_t));
    queue->samples = allocate(n, 1, sizeof(int64_t));
    queue->places = allocate(n, 1, sizeof(rn_place));
    queue->ends = allocate(queue->n_batches, 1, sizeof(int64_t));
    if (queue->n_classes > 0)
        queue->targets = allocate(n, queue->n_classes, sizeof(float));
    return queue->images && queue->labels && queue->samples && queue->places && queue->ends &&
           (queue->targets || queue->n_classes == 0);
}

void rn_queue_clear(rn_queue *queue)
{
    for (int64_t i = queue->seen; queue->places && i < queue->taken; i++)
        free(record(queue, i)->message);
    free(queue->failed.message);
    rn_left_out_free(queue->left_out);
    if (queue->is_pinned)
        queue->memory.release(queue->memory.context, queue->images);
    else
        free(queue->images);
    free(queue->targets);
    free(queue->labels);
    free(queue->samples);
    free(queue->places);
    free(queue->ends);
    pthread_cond_destroy(&queue->made);
    pthread_cond_destroy(&queue->room);
    pthread_mutex_destroy(&queue->lock);
}

/* ---- For workers ---- */

bool rn_queue_take(rn_queue *queue, rn_place *place)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->stop && queue->taken < queue->count &&
           queue->next_slot >= queue->released + n_slots(queue)) {
        double start_s = rn_queue_now_s();
        pthread_cond_wait(&queue->room, &queue->lock);
        queue->idle_s += rn_queue_now_s() - start_s;
    }
    bool given = !queue->stop && queue->taken < queue->count;
    if (given) {
        *place = (rn_place){ .place = queue->taken++, .slot = queue->next_slot++ };
        *record(queue, place->place) = *place;
    }
    pthread_mutex_unlock(&queue->lock);
    return given;
}

/* Makes slot n_good of what was made in a later slot. */
static void move_up(rn_queue *queue, int64_t from)
{
    int64_t to = rn_queue_slot(queue, queue->n_good);
    from = rn_queue_slot(queue, from);
    if (to == from)
        return;
    memcpy(rn_queue_image(queue, to), rn_queue_image(queue, from), (size_t)queue->image_bytes);
    queue->labels[to] = queue->labels[from];
    queue->samples[to] = queue->samples[from];
}

/* Leaves a broken sample out, or ends the epoch with it. */
static void leave_out(rn_queue *queue, rn_place *place)
{
    rn_left_out *entry = NULL;
    if (queue->skips)
        entry = calloc(1, sizeof *entry);
    if (!entry) {
        queue->failed = *place;
        place->message = NULL;
        return;
    }
    entry->sample = place->sample;
    entry->reason = place->message;
    place->message = NULL;
    *queue->last_left_out = entry;
    queue->last_left_out = &entry->next;
}

static bool has_failed(const rn_queue *queue)
{
    return queue->failed.state == RN_PLACE_BROKEN;
}

/* Goes through the places that are made, as far as there is no gap. */
static void go_on(rn_queue *queue)
{
    while (queue->seen < queue->taken && !has_failed(queue)) {
        rn_place *place = record(queue, queue->seen);
        if (place->state == RN_PLACE_UNMADE)
            return;
        if (place->state == RN_PLACE_BROKEN) {
            leave_out(queue, place);
        } else {
            move_up(queue, place->slot);
            queue->n_good++;
        }
        queue->seen++;
        if (queue->n_good % queue->batch == 0 && place->state == RN_PLACE_MADE)
            queue->ends[(queue->n_good / queue->batch - 1) % queue->n_batches] = queue->seen;
    }
    if (queue->seen == queue->taken)
        queue->next_slot = queue->n_good; /* nothing is in the making */
}

/* Samples of batch `index` among those that are made so far. */
static int64_t made_of(const rn_queue *queue, int64_t index)
{
    int64_t whole = queue->last_at / queue->batch;
    int64_t left = queue->n_good - index * queue->batch;
    if (index > whole || left <= 0)
        return 0;
    return index < whole && left > queue->batch ? queue->batch : left;
}

/* Samples of batch n_ready if it is complete; else 0. */
static int64_t complete(const rn_queue *queue)
{
    int64_t n = made_of(queue, queue->n_ready);
    bool is_last = queue->n_ready == queue->last_at / queue->batch;
    return queue->seen == queue->count || (n == queue->batch && !is_last) ? n : 0;
}

/* Mixes the batches that have become complete, without the lock, one worker at a time. */
static void mix_complete(rn_queue *queue)
{
    int64_t count;
    while (!queue->mixing && !queue->stop && (count = complete(queue)) > 0) {
        if (queue->mix) {
            double start_s = rn_queue_now_s();
            int64_t index = queue->n_ready;
            queue->mixing = true;
            pthread_mutex_unlock(&queue->lock);
            queue->mix(queue->context, index, count);
            pthread_mutex_lock(&queue->lock);
            queue->mixing = false;
            queue->mix_s += rn_queue_now_s() - start_s;
        }
        queue->n_ready++;
        pthread_cond_signal(&queue->made);
    }
}

void rn_queue_put(rn_queue *queue, const rn_place *place)
{
    pthread_mutex_lock(&queue->lock);
    *record(queue, place->place) = *place;
    go_on(queue);
    mix_complete(queue);
    if (has_failed(queue) || queue->seen == queue->count)
        pthread_cond_signal(&queue->made);
    if (queue->next_slot == queue->n_good)
        pthread_cond_broadcast(&queue->room);
    pthread_mutex_unlock(&queue->lock);
}

void rn_queue_stop(rn_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->stop = true;
    pthread_cond_broadcast(&queue->room);
    pthread_mutex_unlock(&queue->lock);
}

/* ---- For the caller ---- */

static void release(rn_queue *queue, int64_t n_slots_done)
{
    if (n_slots_done <= queue->released)
        return;
    queue->released = n_slots_done;
    pthread_cond_broadcast(&queue->room);
}

/* Whether batch `index` is ready, or will never be. */
static bool is_settled(const rn_queue *queue, int64_t index)
{
    if (queue->n_ready > index)
        return true;
    bool no_more = has_failed(queue) || queue->seen == queue->count;
    return no_more && !queue->mixing && complete(queue) == 0;
}

rn_status rn_queue_wait(rn_queue *queue, int64_t index, bool may_stop, int64_t *count)
{
    rn_status status = RN_OK;
    *count = 0;
    pthread_mutex_lock(&queue->lock);
    release(queue, (index - RN_QUEUE_HELD + 1) * queue->batch);
    while (!is_settled(queue, index) && !(may_stop && rn_interrupt_signal()))
        rn_condition_wait(&queue->made, &queue->lock, LOOK_EVERY_NS);
    if (queue->n_ready > index)
        *count = made_of(queue, index);
    else if (has_failed(queue) && !(may_stop && rn_interrupt_signal()))
        status =
            rn_fail(queue->failed.status, "%s",
                    queue->failed.message ? queue->failed.message : "not enough memory to say why");
    pthread_mutex_unlock(&queue->lock);
    return status;
}

rn_left_out *rn_queue_take_left_out(rn_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    rn_left_out *list = queue->left_out;
    queue->left_out = NULL;
    queue->last_left_out = &queue->left_out;
    pthread_mutex_unlock(&queue->lock);
    return list;
}
