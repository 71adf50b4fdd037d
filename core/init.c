/* init.c: the values that parameters start with. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <resnet/random.h>
#include "status.h"
#include "store.h"

/* A stream of random numbers of its own for every tensor (FNV-1a of its name), so that a layer more
 * or less leaves the others' start alone. */
static uint32_t stream_of(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

typedef struct source {
    uint32_t seed, step, stream;
} source;

static void fill_uniform(float *to, int64_t count, source s, double bound)
{
    rn_random_fill(s.seed, s.step, s.stream, to, (uint64_t)count);
    for (int64_t i = 0; i < count; i++)
        to[i] = (float)((2.0 * (double)to[i] - 1.0) * bound);
}

/* Box and Muller 1958: two normal numbers of two uniform ones. */
static void fill_normal(float *to, int64_t count, source s, double deviation)
{
    float after = rn_random_uniform(s.seed, s.step, s.stream, (uint64_t)count);
    rn_random_fill(s.seed, s.step, s.stream, to, (uint64_t)count);
    for (int64_t i = 0; i < count; i += 2) {
        bool has_second = i + 1 < count;
        double radius = sqrt(-2.0 * log(1.0 - (double)to[i])) * deviation;
        double angle = 2.0 * M_PI * (double)(has_second ? to[i + 1] : after);
        to[i] = (float)(radius * cos(angle));
        if (has_second)
            to[i + 1] = (float)(radius * sin(angle));
    }
}

static void fill_constant(float *to, int64_t count, float value)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = value;
}

static void fill_weight(float *to, const rn_store_entry *entry, const char *method, source s)
{
    int64_t count = rn_desc_count(&entry->desc);
    double fan_in = (double)entry->fan_in, fan_out = (double)entry->fan_out;
    if (strcmp(method, "xavier_uniform") == 0)
        fill_uniform(to, count, s, sqrt(6.0 / (fan_in + fan_out)));
    else if (strcmp(method, "he_normal") == 0 && entry->desc.rank == 4)
        fill_normal(to, count, s, sqrt(2.0 / fan_out));
    else
        fill_uniform(to, count, s, 1.0 / sqrt(fan_in));
}

static void fill(float *to, const rn_store_entry *entry, const char *method, source s)
{
    int64_t count = rn_desc_count(&entry->desc);
    switch (entry->init) {
    case RN_INIT_ZERO: fill_constant(to, count, 0); break;
    case RN_INIT_ONE: fill_constant(to, count, 1); break;
    case RN_INIT_WEIGHT: fill_weight(to, entry, method, s); break;
    case RN_INIT_BIAS:
        if (strcmp(method, "he_normal") == 0)
            fill_constant(to, count, 0);
        else
            fill_uniform(to, count, s, 1.0 / sqrt((double)entry->fan_in));
        break;
    }
}

static uint64_t largest_entry_bytes(const rn_store *store)
{
    uint64_t largest = 0;
    for (int32_t i = 0; i < store->n_entries; i++)
        if (store->entries[i].desc.size_bytes > largest)
            largest = store->entries[i].desc.size_bytes;
    return largest;
}

rn_status rn_store_initialise(rn_store *store, const char *method, uint64_t seed)
{
    rn_status status = RN_OK;
    float *values = malloc(largest_entry_bytes(store) + 1);
    if (!values)
        return rn_fail(RN_E_NOMEM, "no memory to initialise the parameters");
    for (int32_t i = 0; i < store->n_entries && !status; i++) {
        const rn_store_entry *entry = &store->entries[i];
        source s = { (uint32_t)seed, (uint32_t)(seed >> 32), stream_of(entry->name) };
        fill(values, entry, method, s);
        status = rn_store_upload(store, entry, values);
    }
    free(values);
    return status;
}
