/* cached.c: finds the cache of a source, or makes it. */
#define _GNU_SOURCE /* memfd_create */
#include "data/cached.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/status.h"
#include "data/cache_build.h"
#include "data/cache_key.h"
#include "io/file.h"

/* RN_E_DATA: the cache is of something else. It may be of more samples than are wanted. */
static rn_status check_content(const rn_cache *cache, const rn_cache_build_params *wanted)
{
    const rn_dataset *dataset = wanted->source->dataset;
    char name[RN_PATH_SIZE];
    if (strcmp(cache->key, wanted->key) != 0)
        return rn_fail(RN_E_DATA, "its pictures were decoded or transformed in another way");
    if (cache->header.count < (uint64_t)dataset->count)
        return rn_fail(RN_E_DATA, "it has %" PRIu64 " samples, expected %" PRId64,
                       cache->header.count, dataset->count);
    for (int64_t i = 0; i < dataset->count; i++) {
        if (cache->entries[i].stamp == wanted->stamps[i])
            continue;
        rn_dataset_describe(dataset, i, name, sizeof name);
        return rn_fail(RN_E_DATA, "%s is another picture, or has changed", name);
    }
    return RN_OK;
}

/* Opens the file of a cache. *cache stays closed where it has to be made (anew). */
static rn_status open_file(const rn_cache_build_params *wanted, rn_cache *cache)
{
    rn_map map = { .data = NULL };
    if (access(wanted->name, F_OK) && errno == ENOENT)
        return RN_OK;
    rn_status status = rn_map_open(wanted->name, &map);
    if (status == RN_E_DATA || (!status && !rn_cache_is_one(&map))) {
        rn_map_close(&map);
        return rn_fail(RN_E_DATA,
                       "%s: it is not a cache of pictures, and is left as it is; name another file "
                       "by data.cache, or remove this one",
                       wanted->name);
    }
    if (status)
        return status;
    status = rn_cache_open(map, cache);
    if (status) {
        rn_map_close(&map);
    } else {
        status = check_content(cache, wanted);
        if (status)
            rn_cache_close(cache);
    }
    if (status)
        rn_log(RN_LOG_WARNING, "%s: the cache of pictures is made anew: %s", wanted->name,
               rn_fail_text());
    rn_fail_clear();
    return RN_OK;
}

static rn_status build_file(rn_cache_build_params *params, rn_cache *cache)
{
    rn_file *file = NULL;
    rn_status status = rn_file_create_unnamed(params->name, &file);
    if (status)
        return status;
    params->fd = fileno(rn_file_stream(file));
    status = rn_cache_build(params, cache);
    if (status) {
        rn_file_discard(file);
        return status;
    }
    status = rn_file_commit(file);
    if (status)
        rn_cache_close(cache);
    return status;
}

static rn_status use_file(rn_cache_build_params *params, rn_cache *cache)
{
    static const char *const splits[] = {
        [RN_SPLIT_TRAIN] = "train", [RN_SPLIT_VALIDATION] = "validation"
    };
    char path[RN_PATH_SIZE];
    int n = snprintf(path, sizeof path, "%s.%s", params->source->config->data.cache,
                     splits[params->source->split]);
    if (n >= (int)sizeof path)
        return rn_fail(RN_E_CONFIG, "data.cache: the path is too long");
    params->name = path;
    rn_status status = open_file(params, cache);
    return status || cache->key ? status : build_file(params, cache);
}

static rn_status use_memory(rn_cache_build_params *params, rn_cache *cache)
{
    params->name = "memory";
    params->fd = memfd_create("resnet-run-pictures", MFD_CLOEXEC);
    if (params->fd < 0)
        return rn_fail(RN_E_IO, "data.cache: cannot make a file in memory: %s", strerror(errno));
    rn_status status = rn_cache_build(params, cache);
    close(params->fd);
    return status;
}

rn_status rn_source_use_cache(rn_source *source, rn_cache_progress *progress, void *context)
{
    const char *where = source->config->data.cache;
    char *key = NULL;
    uint64_t *stamps = NULL;
    rn_cache cache = { .key = NULL };
    if (strcmp(where, "none") == 0)
        return RN_OK;
    rn_status status = rn_cache_key(source, &key);
    if (!status)
        status = rn_cache_stamps(source, &stamps);
    if (status)
        goto done;
    rn_cache_build_params params = {
        .source = source, .key = key, .stamps = stamps, .progress = progress, .context = context
    };
    status = strcmp(where, "memory") == 0 ? use_memory(&params, &cache) : use_file(&params, &cache);
    if (status)
        goto done;
    source->cache = cache;
    rn_pipeline_skip_fixed(source->pipeline);
done:
    free(key);
    free(stamps);
    return status;
}
