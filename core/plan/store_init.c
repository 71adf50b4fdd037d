/* store_init.c: initial values of the parameters. */
#include <math.h>
#include <pthread.h>
#include <resnet/random.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "plan/store.h"

/* FNV-1a. One stream per tensor, so that adding or removing a layer does not change the initial
 * values of the others. */
uint32_t rn_store_stream(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

/* Elements [first, end) of a tensor; `scale` is the bound or the deviation. */
typedef struct part {
    float *to;
    int64_t first, end, count;
    const uint32_t *of; /* seed, step, stream */
    double scale;
} part;

static void uniform_part(const part *p)
{
    rn_random_fill_range(p->of, p->to, (uint64_t)p->first, (uint64_t)p->end);
    for (int64_t i = p->first; i < p->end; i++)
        p->to[i] = (float)((2.0 * (double)p->to[i] - 1.0) * p->scale);
}

/* Box and Muller 1958: two uniform numbers give two normal ones. */
static void normal_part(const part *p)
{
    float *to = p->to;
    rn_random_fill_range(p->of, to, (uint64_t)p->first, (uint64_t)p->end);
    for (int64_t i = p->first; i < p->end; i += 2) {
        bool has_second = i + 1 < p->count;
        float second = has_second
                           ? to[i + 1]
                           : rn_random_uniform(p->of[0], p->of[1], p->of[2], (uint64_t)p->count);
        double radius = sqrt(-2.0 * log(1.0 - (double)to[i])) * p->scale;
        double angle = 2.0 * M_PI * (double)second;
        to[i] = (float)(radius * cos(angle));
        if (has_second)
            to[i + 1] = (float)(radius * sin(angle));
    }
}

/* The fewest elements worth a thread: filling them takes 0.3 ms, starting a thread 30 us. */
#define ELEMENTS_OF_A_THREAD 65536
#define THREADS_MAX 16

typedef struct worker {
    pthread_t thread;
    bool is_started;
    part part;
    void (*fill)(const part *p);
} worker;

static void *work(void *argument)
{
    const worker *w = argument;
    w->fill(&w->part);
    return NULL;
}

static int64_t threads_for(int64_t count)
{
    cpu_set_t sets[8]; /* of 1024 processors each */
    bool is_known = sched_getaffinity(0, sizeof sets, sets) == 0;
    int64_t n = is_known ? CPU_COUNT_S(sizeof sets, sets) : 1;
    int64_t useful = count / ELEMENTS_OF_A_THREAD;
    n = n < useful ? n : useful;
    return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : n;
}

/* Fills a tensor on all processors. The values do not depend on the number of threads. If a thread
 * fails to start, the calling thread fills its part. */
static void fill_parts(const part *whole, void (*fill)(const part *p))
{
    worker workers[THREADS_MAX] = { { .is_started = false } };
    int64_t n = threads_for(whole->count), share = (whole->count / n + 3) / 4 * 4;
    for (int64_t i = 0; i < n; i++) {
        worker *w = &workers[i];
        *w = (worker){ .part = *whole, .fill = fill };
        w->part.first = i * share < whole->count ? i * share : whole->count;
        w->part.end = i + 1 < n && (i + 1) * share < whole->count ? (i + 1) * share : whole->count;
        w->is_started = i > 0 && pthread_create(&w->thread, NULL, work, w) == 0;
    }
    for (int64_t i = 0; i < n; i++)
        if (!workers[i].is_started)
            work(&workers[i]);
    for (int64_t i = 0; i < n; i++)
        if (workers[i].is_started)
            pthread_join(workers[i].thread, NULL);
}

static void fill_uniform(float *to, int64_t count, const uint32_t *of, double bound)
{
    fill_parts(&(part){ .to = to, .count = count, .of = of, .scale = bound }, uniform_part);
}

static void fill_normal(float *to, int64_t count, const uint32_t *of, double deviation)
{
    fill_parts(&(part){ .to = to, .count = count, .of = of, .scale = deviation }, normal_part);
}

static void fill_constant(float *to, int64_t count, float value)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = value;
}

static void fill_weight(float *to, const rn_store_entry *entry, int32_t method, const uint32_t *of)
{
    int64_t count = rn_desc_count(&entry->desc);
    double fan_in = (double)entry->fan_in, fan_out = (double)entry->fan_out;
    if (method == RN_WEIGHT_INIT_XAVIER_UNIFORM)
        fill_uniform(to, count, of, sqrt(6.0 / (fan_in + fan_out)));
    else if (method == RN_WEIGHT_INIT_HE_NORMAL && entry->desc.rank == 4)
        fill_normal(to, count, of, sqrt(2.0 / fan_out));
    else
        fill_uniform(to, count, of, 1.0 / sqrt(fan_in));
}

static void fill(float *to, const rn_store_entry *entry, int32_t method, const uint32_t *of)
{
    int64_t count = rn_desc_count(&entry->desc);
    switch (entry->init) {
        case RN_INIT_ZERO: fill_constant(to, count, 0); break;
        case RN_INIT_ONE: fill_constant(to, count, 1); break;
        case RN_INIT_WEIGHT: fill_weight(to, entry, method, of); break;
        case RN_INIT_BIAS:
            if (method == RN_WEIGHT_INIT_HE_NORMAL)
                fill_constant(to, count, 0);
            else
                fill_uniform(to, count, of, 1.0 / sqrt((double)entry->fan_in));
            break;
    }
}

rn_status rn_store_initialise(rn_store *store, int32_t method, uint64_t seed)
{
    rn_status status = RN_OK;
    float *values = malloc(rn_store_largest_bytes(store) + 1);
    if (!values)
        return rn_fail(RN_E_NOMEM, "no memory to initialise the parameters");
    for (int32_t i = 0; i < store->n_entries && !status; i++) {
        const rn_store_entry *entry = &store->entries[i];
        const uint32_t of[3] = { (uint32_t)seed, (uint32_t)(seed >> 32),
                                 rn_store_stream(entry->name) };
        fill(values, entry, method, of);
        status = rn_store_upload(store, entry, values);
    }
    free(values);
    return status;
}
