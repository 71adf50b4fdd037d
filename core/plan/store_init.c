/* store_init.c: initial values of the parameters. */
#include <math.h>
#include <resnet/random.h>
#include <stdlib.h>

#include "base/processors.h"
#include "base/split.h"
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

static int32_t threads_for(int64_t count)
{
    int64_t n = rn_processors(), useful = count / ELEMENTS_OF_A_THREAD;
    n = n < useful ? n : useful;
    return (int32_t)(n > THREADS_MAX ? THREADS_MAX : n);
}

typedef struct filling {
    const part *whole;
    void (*fill)(const part *p);
} filling;

/* Random numbers come in fours. */
static void fill_fours(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const filling *f = argument;
    part p = *f->whole;
    (void)thread;
    p.first = begin * 4;
    p.end = end * 4 < p.count ? end * 4 : p.count;
    f->fill(&p);
}

/* Fills a tensor on all processors. The values do not depend on the number of threads. */
static void fill_parts(const part *whole, void (*fill)(const part *p))
{
    filling f = { whole, fill };
    rn_split_run((whole->count + 3) / 4, threads_for(whole->count), fill_fours, &f);
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
        case RN_INIT_CONSTANT: fill_constant(to, count, (float)entry->init_value); break;
        case RN_INIT_NORMAL: fill_normal(to, count, of, entry->init_value); break;
        case RN_INIT_UNIFORM: fill_uniform(to, count, of, entry->init_value); break;
    }
}

rn_status rn_store_initialise_entry(rn_store *store, const rn_store_entry *entry,
                                    const rn_store_start *start, float *scratch)
{
    const uint32_t of[3] = { (uint32_t)start->seed, (uint32_t)(start->seed >> 32),
                             rn_store_stream(entry->name) };
    fill(scratch, entry, start->method, of);
    return rn_store_upload(store, entry, scratch);
}

rn_status rn_store_initialise(rn_store *store, int32_t method, uint64_t seed)
{
    const rn_store_start start = { method, seed };
    rn_status status = RN_OK;
    float *values = malloc(rn_store_largest_bytes(store) + 1);
    if (!values)
        return rn_fail(RN_E_NOMEM, "no memory to initialise the parameters");
    for (int32_t i = 0; i < store->n_entries && !status; i++)
        status = rn_store_initialise_entry(store, &store->entries[i], &start, values);
    free(values);
    return status;
}
