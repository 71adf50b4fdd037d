/* tar.c: shards of WebDataset, read as a stream. */
#include "data/sets/tar.h"

#include <resnet/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/sets/sets.h"
#include "data/sets/shard_names.h"

/* Distinguish the random numbers from others of the same seed. */
#define SHARDS_STREAM 0x53485244u
#define SAMPLES_STREAM 0x53485446u

static rn_status open_tar(const rn_dataset_params *params, rn_dataset *dataset)
{
    rn_tar *tar = dataset->state = calloc(1, sizeof *tar);
    if (!tar)
        return rn_fail(RN_E_NOMEM, "data set tar: not enough memory");
    tar->shuffle_buffer = params->shuffle_buffer > 1 ? params->shuffle_buffer : 1;
    rn_status status = rn_shard_names(params, &tar->shards);
    if (status)
        return status;
    const char *first = tar->shards.names[0], *slash = strrchr(first, '/');
    dataset->folder = strndup(first, slash ? (size_t)(slash - first) : strlen(first));
    if (!dataset->folder)
        return rn_fail(RN_E_NOMEM, "data set tar: not enough memory");
    status = rn_tar_scan(tar, dataset);
    dataset->count = tar->index.count;
    return status;
}

static void close_tar(rn_dataset *dataset)
{
    rn_tar *tar = dataset->state;
    if (!tar)
        return;
    rn_listing_clear(&tar->shards);
    rn_index_clear(&tar->index);
    free(tar->ends);
    free(tar);
}

static const char *shard_of(const rn_tar *tar, int64_t index)
{
    int64_t low = 0, high = tar->shards.count - 1;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (index < tar->ends[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return tar->shards.names[low];
}

static void describe(const rn_dataset *dataset, int64_t index, char *text, size_t size)
{
    const rn_tar *tar = dataset->state;
    snprintf(text, size, "%s: %s", shard_of(tar, index), rn_index_name(&tar->index, index));
}

static void locate(const rn_dataset *dataset, int64_t index, char *path, size_t size)
{
    snprintf(path, size, "%s", shard_of(dataset->state, index));
}

static int32_t label(const rn_dataset *dataset, int64_t index)
{
    return ((const rn_tar *)dataset->state)->index.labels[index];
}

/* Uniform in [0, count). With 64 random bits the remainder's bias is negligible. */
static int64_t draw(uint64_t seed, int64_t epoch, uint32_t stream, int64_t i, int64_t count)
{
    const uint32_t key[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
    const uint32_t counter[4] = { (uint32_t)i, (uint32_t)(i >> 32), (uint32_t)epoch, stream };
    uint32_t random[4];
    rn_random_philox(key, counter, random);
    return (int64_t)(((uint64_t)random[1] << 32 | random[0]) % (uint64_t)count);
}

static void swap(int64_t *list, int64_t i, int64_t j)
{
    int64_t kept = list[i];
    list[i] = list[j];
    list[j] = kept;
}

/* Writes the samples, shard by shard, the shards shuffled. The list of shards stands at the end of
 * `order` meanwhile: it shrinks faster than the samples reach it, since no shard is empty. */
static void order_shards(const rn_dataset *dataset, uint64_t seed, int64_t epoch, int64_t *order)
{
    const rn_tar *tar = dataset->state;
    int64_t n_shards = 0, at = 0;
    while (n_shards < tar->shards.count && rn_tar_start(tar, n_shards) < dataset->count)
        n_shards++;
    int64_t *shards = order + dataset->count - n_shards;
    for (int64_t s = 0; s < n_shards; s++)
        shards[s] = s;
    for (int64_t s = 0; s < n_shards; s++)
        swap(shards, s, s + draw(seed, epoch, SHARDS_STREAM, s, n_shards - s));
    for (int64_t s = 0; s < n_shards; s++) {
        int64_t shard = shards[s], end = rn_tar_end(tar, shard, dataset->count);
        for (int64_t i = rn_tar_start(tar, shard); i < end; i++)
            order[at++] = i;
    }
}

/* A buffer from which a sample is drawn and replaced by the next one is a window that moves along
 * the list, up to the end of each part. */
static void order_samples(const rn_dataset *dataset, uint64_t seed, int64_t epoch, int64_t part,
                          int64_t *order)
{
    const rn_tar *tar = dataset->state;
    order_shards(dataset, seed, epoch, order);
    for (int64_t i = 0; i < dataset->count; i++) {
        int64_t end = (i / part + 1) * part;
        int64_t left = (end < dataset->count ? end : dataset->count) - i;
        int64_t window = left < tar->shuffle_buffer ? left : tar->shuffle_buffer;
        swap(order, i, i + draw(seed, epoch, SAMPLES_STREAM, i, window));
    }
}

const rn_dataset_kind rn_set_tar = {
    .name = "tar",
    .help = "shards of WebDataset: train-{000..146}.tar of 0001.jpg, 0001.cls, … read in a stream",
    .open = open_tar,
    .close = close_tar,
    .describe = describe,
    .label = label,
    .locate = locate,
    .order = order_samples,
    .start = rn_tar_start_stream,
    .next = rn_tar_next,
    .stop = rn_tar_stop,
};
