/* loader_order.c: shuffles the samples of an epoch. */
#include "data/loader_order.h"

#include <inttypes.h>
#include <resnet/random.h>
#include <stdlib.h>

#include "base/status.h"

/* Distinguishes the shuffle's random numbers from those of dropout and initialisation, which use
 * the same seed. */
#define SHUFFLE_STREAM 0x53485546u

static rn_status allocate(int64_t count, int64_t **order)
{
    *order = calloc((size_t)count, sizeof **order);
    return *order ? RN_OK
                  : rn_fail(RN_E_NOMEM, "not enough memory for the order of %" PRId64 " samples",
                            count);
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

/* Makes batches of parts that stand one after the other: each has its share of each batch. */
static rn_status interleave(const rn_order_params *p, int64_t part, int64_t **order)
{
    int64_t *mixed, rows = p->batch / p->n_parts, count = p->dataset->count;
    rn_status status = allocate(count, &mixed);
    if (status)
        return status;
    for (int64_t i = 0; i < count; i++)
        mixed[i] = (*order)[i];
    for (int64_t i = 0; i < part * p->n_parts; i++) {
        int64_t batch = i / p->batch, row = i % p->batch;
        mixed[i] = (*order)[row / rows * part + batch * rows + row % rows];
    }
    free(*order);
    *order = mixed;
    return RN_OK;
}

/* The shards of a stream are dealt: the whole batches are made of one part for each process, which
 * reads the shards of its own. What is left for a smaller last batch stands at the end. */
static rn_status order_stream(const rn_order_params *p, int64_t **order)
{
    const rn_dataset *dataset = p->dataset;
    bool is_dealt = p->n_parts > 1 && p->batch % p->n_parts == 0;
    int64_t n_batches = dataset->count / p->batch;
    int64_t part = is_dealt ? n_batches * (p->batch / p->n_parts) : dataset->count;
    dataset->kind->order(dataset, p->seed, p->epoch, part ? part : dataset->count, *order);
    return is_dealt && part ? interleave(p, part, order) : RN_OK;
}

rn_status rn_order_make(const rn_order_params *p, int64_t **order)
{
    int64_t count = p->dataset->count;
    rn_status status = allocate(count, order);
    if (status)
        return status;
    for (int64_t i = 0; i < count; i++)
        (*order)[i] = i;
    if (p->shuffle && p->is_stream)
        status = order_stream(p, order);
    else if (p->shuffle && p->dataset->kind->order)
        p->dataset->kind->order(p->dataset, p->seed, p->epoch, count, *order);
    else if (p->shuffle)
        shuffle(*order, count, p->seed, p->epoch);
    return status;
}
