/* loader.c: a thread that fills three buffers in turn. While the caller holds two batches, the
 * thread fills the third; it never runs further ahead. */
#include "data/loader.h"

#include <inttypes.h>
#include <pthread.h>
#include <resnet/random.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/status.h"
#include "data/transform.h"

#define N_BUFFERS 3
/* Distinguishes the shuffle's random numbers from those of dropout and initialisation, which use
 * the same seed. */
#define SHUFFLE_STREAM 0x53485546u

struct rn_loader {
    const rn_dataset *dataset;
    rn_transform *transform;
    int64_t from_item, to_item; /* size of an image: bytes in the data set, floats in a batch */
    int64_t batch, n_batches;
    int64_t *order; /* dataset->count indices of images */
    float *images[N_BUFFERS];
    int32_t *labels[N_BUFFERS];
    double waited_s;
    int64_t index; /* of the batch returned last */

    pthread_t thread;
    pthread_mutex_t lock; /* guards the fields below */
    pthread_cond_t changed;
    int64_t filled; /* batches with a smaller index are ready */
    int64_t wanted; /* batches with a smaller index may be filled */
    bool stop;
    bool running;
};

int64_t rn_loader_n_batches(int64_t count, int64_t batch, bool drop_last)
{
    return count / batch + (!drop_last && count % batch ? 1 : 0);
}

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

static int64_t batch_count(const rn_loader *loader, int64_t index)
{
    int64_t left = loader->dataset->count - index * loader->batch;
    return left < loader->batch ? left : loader->batch;
}

static bool is_stopped(rn_loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    bool stop = loader->stop;
    pthread_mutex_unlock(&loader->lock);
    return stop;
}

/* Leaves the batch incomplete if the loader is being destroyed. */
static void fill_batch(rn_loader *loader, int64_t index)
{
    const rn_dataset *dataset = loader->dataset;
    const int64_t *order = loader->order + index * loader->batch;
    int64_t count = batch_count(loader, index);
    float *images = loader->images[index % N_BUFFERS];
    int32_t *labels = loader->labels[index % N_BUFFERS];
    for (int64_t i = 0; i < count && !is_stopped(loader); i++) {
        rn_transform_image(loader->transform, dataset->images + order[i] * loader->from_item,
                           images + i * loader->to_item);
        labels[i] = dataset->labels[order[i]];
    }
}

static void *run_thread(void *argument)
{
    rn_loader *loader = argument;
    pthread_mutex_lock(&loader->lock);
    while (!loader->stop && loader->filled < loader->n_batches) {
        if (loader->filled >= loader->wanted) {
            pthread_cond_wait(&loader->changed, &loader->lock);
            continue;
        }
        int64_t index = loader->filled;
        pthread_mutex_unlock(&loader->lock);
        fill_batch(loader, index);
        pthread_mutex_lock(&loader->lock);
        loader->filled = index + 1;
        pthread_cond_broadcast(&loader->changed);
    }
    pthread_mutex_unlock(&loader->lock);
    return NULL;
}

static rn_status check_params(const rn_loader_params *p)
{
    if (p->batch < 1 || p->epoch < 0)
        return rn_fail(RN_E_CONFIG,
                       "batch is %" PRId64 " and epoch %" PRId64 ", expected at least 1 and 0",
                       p->batch, p->epoch);
    int64_t n_batches = rn_loader_n_batches(p->dataset->count, p->batch, p->drop_last);
    if (p->first_batch < 0 || p->first_batch > n_batches)
        return rn_fail(RN_E_CONFIG, "the first batch is %" PRId64 ", expected 0 to %" PRId64,
                       p->first_batch, n_batches);
    return RN_OK;
}

static rn_status make_transform(rn_loader *loader, const rn_loader_params *params)
{
    const rn_dataset *dataset = params->dataset;
    const rn_transform_params transform = {
        .channels = dataset->channels,
        .from_height = dataset->height,
        .from_width = dataset->width,
        .to_height = params->height,
        .to_width = params->width,
        .mean = params->mean,
        .std = params->std,
        .n_mean = params->n_mean,
        .n_std = params->n_std,
    };
    loader->from_item = dataset->channels * dataset->height * dataset->width;
    return rn_transform_create(&transform, &loader->transform);
}

/* Height and width are known to be small; the size of a batch may overflow. */
static rn_status allocate(rn_loader *loader, const rn_loader_params *params)
{
    int64_t count = loader->dataset->count;
    int64_t largest = count < params->batch ? count : params->batch;
    int64_t floats = 0;
    bool ready = !__builtin_mul_overflow(params->height * params->width, loader->dataset->channels,
                                         &loader->to_item) &&
                 !__builtin_mul_overflow(loader->to_item, largest, &floats);
    for (int i = 0; ready && i < N_BUFFERS; i++) {
        loader->images[i] = calloc((size_t)floats, sizeof(float));
        loader->labels[i] = calloc((size_t)largest, sizeof(int32_t));
        ready = loader->images[i] && loader->labels[i];
    }
    if (ready)
        loader->order = calloc((size_t)count, sizeof *loader->order);
    if (loader->order)
        return RN_OK;
    return rn_fail(RN_E_NOMEM,
                   "not enough memory for three batches of %" PRId64 " images of %" PRId64
                   "x%" PRId64 " pixels; lower %s",
                   largest, params->height, params->width,
                   params->batch_key ? params->batch_key : "the batch");
}

/* The thread blocks all signals, so that the main thread receives Ctrl-C. */
static rn_status start_thread(rn_loader *loader)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&loader->thread, NULL, run_thread, loader);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        return rn_fail(RN_E_NOMEM, "cannot start the thread that loads images: %s",
                       strerror(error));
    loader->running = true;
    return RN_OK;
}

rn_status rn_loader_create(const rn_loader_params *params, rn_loader **out)
{
    const rn_dataset *dataset = params->dataset;
    *out = NULL;
    rn_status status = check_params(params);
    if (status)
        return status;
    rn_loader *loader = calloc(1, sizeof *loader);
    if (!loader)
        return rn_fail(RN_E_NOMEM, "not enough memory for the loader");
    pthread_mutex_init(&loader->lock, NULL);
    pthread_cond_init(&loader->changed, NULL);
    loader->dataset = dataset;
    loader->batch = params->batch;
    loader->n_batches = rn_loader_n_batches(dataset->count, params->batch, params->drop_last);
    loader->filled = params->first_batch;
    loader->wanted = params->first_batch + N_BUFFERS - 1;
    loader->index = params->first_batch - 1;
    status = make_transform(loader, params);
    if (status)
        goto done;
    status = allocate(loader, params);
    if (status)
        goto done;
    for (int64_t i = 0; i < dataset->count; i++)
        loader->order[i] = i;
    if (params->shuffle)
        shuffle(loader->order, dataset->count, params->seed, params->epoch);
    status = start_thread(loader);
    if (status)
        goto done;
    *out = loader;
    loader = NULL;
done:
    rn_loader_destroy(loader);
    return status;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

rn_status rn_loader_next(rn_loader *loader, rn_batch *batch)
{
    int64_t index = loader->index + 1;
    *batch = (rn_batch){ .index = index };
    if (index >= loader->n_batches)
        return RN_OK;
    double start_s = now_s();
    pthread_mutex_lock(&loader->lock);
    /* The caller no longer holds batch index - 2, whose buffer batch index + 1 uses. */
    loader->wanted = index + N_BUFFERS - 1;
    pthread_cond_broadcast(&loader->changed);
    while (loader->filled <= index)
        pthread_cond_wait(&loader->changed, &loader->lock);
    pthread_mutex_unlock(&loader->lock);
    loader->waited_s += now_s() - start_s;
    loader->index = index;
    batch->images = loader->images[index % N_BUFFERS];
    batch->labels = loader->labels[index % N_BUFFERS];
    batch->count = batch_count(loader, index);
    return RN_OK;
}

double rn_loader_waited_s(const rn_loader *loader)
{
    return loader->waited_s;
}

void rn_loader_destroy(rn_loader *loader)
{
    if (!loader)
        return;
    if (loader->running) {
        pthread_mutex_lock(&loader->lock);
        loader->stop = true;
        pthread_cond_broadcast(&loader->changed);
        pthread_mutex_unlock(&loader->lock);
        pthread_join(loader->thread, NULL);
    }
    pthread_cond_destroy(&loader->changed);
    pthread_mutex_destroy(&loader->lock);
    rn_transform_destroy(loader->transform);
    free(loader->order);
    for (int i = 0; i < N_BUFFERS; i++) {
        free(loader->images[i]);
        free(loader->labels[i]);
    }
    free(loader);
}
