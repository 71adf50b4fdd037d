/* loader.c: workers that make the samples of an epoch, and batches of them for the step. */
#include "data/loader.h"

#include <inttypes.h>
#include <pthread.h>
#include <resnet/random.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/thread.h"
#include "data/loader_queue.h"
#include "data/loader_worker.h"

#define MIN_BATCHES (RN_QUEUE_HELD + 1)
#define MAX_BATCHES 64
/* Distinguishes the shuffle's random numbers from those of dropout and initialisation, which use
 * the same seed. */
#define SHUFFLE_STREAM 0x53485546u

typedef struct worker {
    pthread_t thread;
    rn_loader *loader;
    rn_maker *maker;
} worker;

struct rn_loader {
    rn_loader_params params;
    int64_t *order; /* of the epoch: indices of samples */
    rn_stream *stream;
    pthread_mutex_t reading; /* held while a place of a stream is taken and read */
    rn_queue queue;
    worker *workers;
    int64_t n_workers; /* with a maker */
    int64_t n_running;
    double waited_s;
    int64_t index;     /* of the ring's batch returned last */
    int64_t n_singles; /* images of the last batch that were returned one by one */
};

int64_t rn_loader_n_batches(int64_t count, int64_t batch, bool drop_last)
{
    return count / batch + (!drop_last && count % batch ? 1 : 0);
}

/* ---- The order ---- */

/* Fisher-Yates, from the end. With 64 random bits the remainder's bias is negligible. */
static void shuffle(int64_t *order, int64_t count, uint64_t seed, int64_t epoch)
{
    const uint32_t key[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
    for (int64_t i = count - 1; i > 0; i--) {
        const uint32_t counter[4] = { (uint32_t)i, (uint32_t)(i >> 32), (uint32_t)epoch,
                                      SHUFFLE_STREAM };
        uint32_t random[4];
        rn_random_philox(key, counter, random);
        int64_t j = (int64_t)(((uint64_t)random[1] << 32 | random[0]) % (uint64_t)(i + 1));
        int64_t kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

static rn_status make_order(rn_loader *loader)
{
    const rn_loader_params *p = &loader->params;
    const rn_dataset *dataset = p->source->dataset;
    loader->order = calloc((size_t)dataset->count, sizeof *loader->order);
    if (!loader->order)
        return rn_fail(RN_E_NOMEM, "not enough memory for the order of %" PRId64 " samples",
                       dataset->count);
    for (int64_t i = 0; i < dataset->count; i++)
        loader->order[i] = i;
    if (p->shuffle && dataset->kind->order)
        dataset->kind->order(dataset, p->seed, p->epoch, loader->order);
    else if (p->shuffle)
        shuffle(loader->order, dataset->count, p->seed, p->epoch);
    if (!rn_source_is_stream(p->source) || p->first == dataset->count)
        return RN_OK;
    return dataset->kind->start(dataset, loader->order, p->first, &loader->stream);
}

/* ---- The queue ---- */

static void mix(void *context, int64_t index, int64_t count)
{
    rn_loader *loader = context;
    const rn_loader_params *p = &loader->params;
    rn_queue *queue = &loader->queue;
    int64_t slot = index % queue->n_batches * queue->batch;
    const rn_draw draw = { .seed = p->seed, .epoch = p->epoch, .sample = p->first_batch + index };
    rn_pipeline_mix(p->source->pipeline, &draw, queue->images + slot * queue->image,
                    queue->labels + slot, count, queue->n_classes,
                    queue->targets + slot * queue->n_classes);
}

/* As many batches as the cfg's queue holds, of those that are left. */
static int64_t batches_of_queue(const rn_loader_params *p, int64_t batch, int64_t image)
{
    int64_t left = rn_loader_n_batches(p->source->dataset->count - p->first, batch, false);
    int64_t bytes = image * batch * (int64_t)sizeof(float);
    int64_t fit = p->source->config->data.queue * (1 << 20) / (bytes > 0 ? bytes : 1);
    if (fit > MAX_BATCHES)
        fit = MAX_BATCHES;
    if (fit > left)
        fit = left;
    return fit > MIN_BATCHES ? fit : MIN_BATCHES;
}

/* Numbers of a picture. */
static int64_t image_of(const rn_source *source)
{
    const rn_size size = rn_pipeline_result(source->pipeline);
    return source->config->network.channels * size.height * size.width;
}

uint64_t rn_loader_bytes(const rn_loader_params *params)
{
    int64_t image = image_of(params->source);
    return (uint64_t)(batches_of_queue(params, params->batch, image) * params->batch * image) *
           sizeof(float);
}

static rn_status make_queue(rn_loader *loader)
{
    const rn_loader_params *p = &loader->params;
    const rn_config *config = p->source->config;
    int64_t count = p->source->dataset->count;
    int64_t batch = count < p->batch ? count : p->batch;
    const rn_size size = rn_pipeline_result(p->source->pipeline);
    int64_t image = image_of(p->source);
    bool mixes = rn_pipeline_mixes(p->source->pipeline);
    loader->queue = (rn_queue){ .batch = batch,
                                .n_batches = batches_of_queue(p, batch, image),
                                .image = image,
                                .n_classes = mixes ? config->network.classes : 0,
                                .count = count,
                                .skips = config->data.on_error == RN_ON_ERROR_SKIP,
                                .mix = mixes ? mix : NULL,
                                .context = loader };
    if (rn_queue_init(&loader->queue, p->first))
        return RN_OK;
    return rn_fail(RN_E_NOMEM,
                   "not enough memory for %" PRId64 " batches of %" PRId64 " images of %" PRId64
                   "x%" PRId64 " pixels; lower %s",
                   loader->queue.n_batches, batch, size.height, size.width,
                   p->batch_key ? p->batch_key : "the batch");
}

/* ---- The workers ---- */

/* Takes the next place; a stream's sample is read here, since it has to be read in order. */
static bool take(worker *w, rn_place *place)
{
    rn_loader *loader = w->loader;
    if (!loader->stream) {
        bool given = rn_queue_take(&loader->queue, place);
        if (given)
            place->sample = loader->order[place->place];
        return given;
    }
    pthread_mutex_lock(&loader->reading);
    bool given = rn_queue_take(&loader->queue, place);
    if (given) {
        place->sample = loader->order[place->place];
        place->status = rn_maker_read_stream(w->maker, loader->stream);
    }
    pthread_mutex_unlock(&loader->reading);
    return given;
}

static void make(worker *w, rn_place *place)
{
    rn_loader *loader = w->loader;
    rn_queue *queue = &loader->queue;
    int64_t slot = place->slot % (queue->batch * queue->n_batches);
    if (!loader->stream)
        place->status = rn_maker_read(w->maker, place->sample);
    if (!place->status)
        place->status = rn_maker_make(w->maker, place->sample, loader->params.epoch,
                                      queue->images + slot * queue->image);
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
    const rn_loader *loader = w->loader;
    int64_t next = place + 2 * loader->n_workers;
    if (!loader->stream && next < loader->queue.count)
        rn_source_read_ahead(loader->params.source, loader->order[next]);
}

static void *work(void *argument)
{
    worker *w = argument;
    rn_place place;
    while (take(w, &place)) {
        read_ahead(w, place.place);
        make(w, &place);
        rn_queue_put(&w->loader->queue, &place);
    }
    return NULL;
}

static rn_status start_threads(rn_loader *loader)
{
    int error = 0;
    while (!error && loader->n_running < loader->n_workers) {
        worker *w = &loader->workers[loader->n_running];
        error = rn_thread_start(&w->thread, work, w);
        loader->n_running += error == 0;
    }
    if (error)
        return rn_fail(RN_E_NOMEM, "cannot start the threads that load images: %s",
                       strerror(error));
    return RN_OK;
}

static rn_status start_workers(rn_loader *loader)
{
    int64_t n = loader->params.workers > 0 ? loader->params.workers : 1;
    loader->workers = calloc((size_t)n, sizeof *loader->workers);
    if (!loader->workers)
        return rn_fail(RN_E_NOMEM, "not enough memory for the threads that load images");
    for (; loader->n_workers < n; loader->n_workers++) {
        worker *w = &loader->workers[loader->n_workers];
        w->loader = loader;
        rn_status status = rn_maker_create(loader->params.source, loader->params.seed, &w->maker);
        if (status)
            return status;
    }
    return start_threads(loader);
}

/* ---- The loader ---- */

static rn_status check_params(const rn_loader_params *p)
{
    int64_t count = p->source->dataset->count;
    if (p->batch < 1 || p->epoch < 0)
        return rn_fail(RN_E_CONFIG,
                       "batch is %" PRId64 " and epoch %" PRId64 ", expected at least 1 and 0",
                       p->batch, p->epoch);
    if (p->first < 0 || p->first > count)
        return rn_fail(RN_E_CONFIG, "the first sample is %" PRId64 ", expected 0 to %" PRId64,
                       p->first, count);
    return RN_OK;
}

rn_status rn_loader_create(const rn_loader_params *params, rn_loader **out)
{
    *out = NULL;
    rn_status status = check_params(params);
    if (status)
        return status;
    rn_loader *loader = calloc(1, sizeof *loader);
    if (!loader)
        return rn_fail(RN_E_NOMEM, "not enough memory for the loader");
    loader->params = *params;
    loader->index = -1;
    pthread_mutex_init(&loader->reading, NULL);
    status = make_queue(loader);
    if (status)
        goto done;
    status = make_order(loader);
    if (status)
        goto done;
    status = start_workers(loader);
    if (status)
        goto done;
    *out = loader;
    loader = NULL;
done:
    rn_loader_destroy(loader);
    return status;
}

/* "PATH: the reason" without the path; NULL where there was no memory for it. */
static const char *without_name(const char *reason, const char *name)
{
    size_t length = strlen(name);
    if (!reason)
        return "not enough memory to say why";
    bool is_named = strncmp(reason, name, length) == 0 && strncmp(reason + length, ": ", 2) == 0;
    return is_named ? reason + length + 2 : reason;
}

/* Tells the caller of the samples that were left out. */
static rn_status tell_left_out(rn_loader *loader)
{
    const rn_loader_params *p = &loader->params;
    rn_status status = RN_OK;
    rn_left_out *entry = rn_queue_take_left_out(&loader->queue);
    while (entry) {
        rn_left_out *next = entry->next;
        char name[4096];
        if (p->skipped && !status) {
            rn_dataset_describe(p->source->dataset, entry->sample, name, sizeof name);
            status = p->skipped(p->context, name, without_name(entry->reason, name));
        }
        free(entry->reason);
        free(entry);
        entry = next;
    }
    return status;
}

/* The images [begin, begin + count) of batch `index` of the ring. */
static void fill_batch(const rn_loader *loader, int64_t index, int64_t begin, rn_batch *batch)
{
    const rn_queue *queue = &loader->queue;
    int64_t slot = index % queue->n_batches * queue->batch + begin;
    batch->images = queue->images + slot * queue->image;
    batch->labels = queue->labels + slot;
    batch->samples = queue->samples + slot;
    batch->targets = queue->targets ? queue->targets + slot * queue->n_classes : NULL;
}

/* The last batch, of `count` images, which is smaller: how many of them to give now. */
static int64_t give_last(rn_loader *loader, int64_t count)
{
    const rn_loader_params *p = &loader->params;
    int64_t planned = loader->queue.count % p->batch;
    if (p->pads)
        return count;
    if (p->drop_last)
        return 0;
    if (count == planned && loader->n_singles == 0)
        return count;
    return !p->trains && loader->n_singles < count ? 1 : 0;
}

rn_status rn_loader_next(rn_loader *loader, rn_batch *batch)
{
    rn_queue *queue = &loader->queue;
    int64_t index = loader->n_singles ? loader->index : loader->index + 1, count;
    double start_s = rn_queue_now_s();
    *batch = (rn_batch){ .count = 0 };
    int64_t group = loader->params.group ? loader->params.group : 1;
    bool may_stop = (loader->params.first_batch + index) % group == 0;
    rn_status status = rn_queue_wait(queue, index, may_stop, &count);
    loader->waited_s += rn_queue_now_s() - start_s;
    if (status)
        return status;
    status = tell_left_out(loader);
    if (status || count == 0)
        return status;
    bool is_full = count == loader->params.batch;
    fill_batch(loader, index, loader->n_singles, batch);
    batch->index = loader->params.first_batch + index;
    batch->count = is_full ? count : give_last(loader, count);
    batch->end = is_full ? queue->ends[index % queue->n_batches] : queue->count;
    loader->n_singles += !is_full && !loader->params.pads && batch->count == 1;
    loader->index = index;
    return RN_OK;
}

double rn_loader_waited_s(const rn_loader *loader)
{
    return loader->waited_s;
}

rn_loader_times rn_loader_read_times(rn_loader *loader)
{
    rn_loader_times times = { 0 };
    pthread_mutex_lock(&loader->queue.lock);
    for (int64_t i = 0; i < loader->n_workers; i++)
        rn_maker_add_times(loader->workers[i].maker, &times);
    times.mix_s = loader->queue.mix_s;
    times.idle_s = loader->queue.idle_s;
    pthread_mutex_unlock(&loader->queue.lock);
    return times;
}

void rn_loader_destroy(rn_loader *loader)
{
    if (!loader)
        return;
    if (loader->n_running)
        rn_queue_stop(&loader->queue);
    for (int64_t i = 0; i < loader->n_running; i++)
        pthread_join(loader->workers[i].thread, NULL);
    for (int64_t i = 0; i < loader->n_workers; i++)
        rn_maker_destroy(loader->workers[i].maker);
    if (loader->stream)
        loader->params.source->dataset->kind->stop(loader->stream);
    rn_queue_clear(&loader->queue);
    pthread_mutex_destroy(&loader->reading);
    free(loader->workers);
    free(loader->order);
    free(loader);
}
