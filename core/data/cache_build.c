/* cache_build.c: makes a cache on several threads. Each writes the pixels of its samples where the
 * last ones ended; the header and the entries are written last. */
#include "data/cache_build.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/processors.h"
#include "base/status.h"
#include "data/each.h"

typedef struct build {
    const rn_cache_build_params *params;
    rn_cache_header header;
    uint8_t *front; /* what stands before the pixels */
    rn_cache_entry *entries;
    pthread_mutex_t lock; /* guards the field below */
    uint64_t end;         /* of what has been written */
} build;

static rn_status write_at(const rn_cache_build_params *params, const void *data, uint64_t size,
                          uint64_t offset)
{
    const uint8_t *bytes = data;
    for (uint64_t done = 0; done < size;) {
        ssize_t n = pwrite(params->fd, bytes + done, (size_t)(size - done), (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return rn_fail(RN_E_IO, "%s: cannot write the cache of pictures: %s", params->name,
                           strerror(n < 0 ? errno : ENOSPC));
        done += (uint64_t)n;
    }
    return RN_OK;
}

/* Writes the pixels, or the reason, of an entry. */
static rn_status put(build *b, rn_cache_entry *entry, const void *data, uint64_t size)
{
    pthread_mutex_lock(&b->lock);
    entry->offset = rn_cache_align(b->end);
    b->end = entry->offset + size;
    pthread_mutex_unlock(&b->lock);
    return write_at(b->params, data, size, entry->offset);
}

static rn_status keep(void *context, rn_maker *maker, int64_t index, rn_status read)
{
    build *b = context;
    rn_cache_entry *entry = &b->entries[index];
    const rn_picture *picture = NULL;
    rn_status status = read ? read : rn_maker_make_fixed(maker, &picture);
    entry->stamp = b->params->stamps[index];
    entry->state = status ? RN_CACHE_FAILURE : RN_CACHE_PICTURE;
    if (status == RN_E_DATA) {
        entry->length = (uint32_t)strlen(rn_fail_text());
        return put(b, entry, rn_fail_text(), entry->length);
    }
    if (status)
        return status;
    entry->height = (uint32_t)picture->full.height;
    entry->width = (uint32_t)picture->full.width;
    return put(b, entry, picture->bytes, rn_picture_count(picture));
}

static void show_progress(void *context, int64_t n_done)
{
    const rn_cache_build_params *params = ((const build *)context)->params;
    if (params->progress)
        params->progress(params->context, n_done, params->source->dataset->count);
}

static rn_status keep_all(build *b)
{
    const rn_source *source = b->params->source;
    const rn_each_params each = { .source = source,
                                  .count = source->dataset->count,
                                  .workers = source->config->data.workers
                                                 ? source->config->data.workers
                                                 : rn_processors(),
                                  .sample = keep,
                                  .context = b,
                                  .progress = show_progress };
    return rn_each(&each);
}

/* Writes what stands before the pixels. */
static rn_status finish(build *b)
{
    b->header.size = b->end;
    memcpy(b->front, &b->header, sizeof b->header);
    b->header.checksum = rn_cache_checksum(b->front, &b->header);
    memcpy(b->front, &b->header, sizeof b->header);
    return write_at(b->params, b->front, rn_cache_pixels_at(&b->header), 0);
}

static rn_status open_built(const build *b, rn_cache *cache)
{
    rn_map map;
    rn_status status = rn_map_open_fd(b->params->fd, b->header.size, b->params->name, &map);
    if (status)
        return status;
    status = rn_cache_open(map, cache);
    if (status)
        rn_map_close(&map);
    return status;
}

rn_status rn_cache_build(const rn_cache_build_params *params, rn_cache *cache)
{
    const rn_source *source = params->source;
    build b = { .params = params,
                .header = { .magic = RN_CACHE_MAGIC,
                            .version = RN_CACHE_VERSION,
                            .count = (uint64_t)source->dataset->count,
                            .channels = (uint32_t)source->config->network.channels,
                            .key_size = (uint32_t)strlen(params->key) + 1 } };
    b.end = rn_cache_pixels_at(&b.header);
    b.front = calloc(1, (size_t)b.end);
    if (!b.front)
        return rn_fail(RN_E_NOMEM, "not enough memory for a cache of %" PRId64 " samples",
                       source->dataset->count);
    memcpy(b.front + sizeof b.header, params->key, b.header.key_size);
    b.entries = (rn_cache_entry *)(void *)(b.front + rn_cache_entries_at(&b.header));
    pthread_mutex_init(&b.lock, NULL);
    show_progress(&b, 0);
    rn_status status = keep_all(&b);
    if (!status)
        status = finish(&b);
    if (!status)
        status = open_built(&b, cache);
    pthread_mutex_destroy(&b.lock);
    free(b.front);
    return status;
}
