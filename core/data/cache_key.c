/* cache_key.c: what a cache of pictures was made of. Labels are no part of it: they stay with the
 * data set, so that correcting one makes no picture anew. */
#define _GNU_SOURCE /* asprintf */
#include "data/cache_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/status.h"
#include "io/file.h"

rn_status rn_cache_key(const rn_source *source, char **out)
{
    const rn_decode_options *decode = &source->decode;
    int n = asprintf(out,
                     "program: resnet-run %s\ndata set: %s\nchannels: %" PRId64
                     "\nmax_pixels: %" PRId64 "\nexif: %d\nfast_decode: %d\ntransforms: %s\n",
                     RN_VERSION, source->dataset->kind->name, decode->channels, decode->max_pixels,
                     decode->exif, decode->fast, rn_pipeline_fixed_text(source->pipeline));
    if (n >= 0)
        return RN_OK;
    *out = NULL;
    return rn_fail(RN_E_NOMEM, "not enough memory for the key of a cache");
}

/* FNV-1a (Fowler, Noll and Vo), continued. */
static uint64_t hash(uint64_t so_far, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++)
        so_far = (so_far ^ bytes[i]) * UINT64_C(0x100000001b3);
    return so_far;
}

/* Size, and date in seconds and nanoseconds; zeros for a file that is not there. */
static void look_at(const char *path, int64_t facts[3])
{
    struct stat info;
    memset(facts, 0, 3 * sizeof *facts);
    if (stat(path, &info))
        return;
    facts[0] = info.st_size;
    facts[1] = info.st_mtim.tv_sec;
    facts[2] = info.st_mtim.tv_nsec;
}

rn_status rn_cache_stamps(const rn_source *source, uint64_t **out)
{
    const rn_dataset *dataset = source->dataset;
    char name[RN_PATH_SIZE], path[RN_PATH_SIZE], seen[RN_PATH_SIZE] = "";
    int64_t facts[3] = { 0 };
    *out = malloc((size_t)dataset->count * sizeof **out);
    if (!*out)
        return rn_fail(RN_E_NOMEM, "not enough memory for a cache of %" PRId64 " samples",
                       dataset->count);
    for (int64_t i = 0; i < dataset->count; i++) {
        rn_dataset_describe(dataset, i, name, sizeof name);
        rn_dataset_locate(dataset, i, path, sizeof path);
        /* Samples of one file follow each other. */
        if (strcmp(path, seen)) {
            look_at(path, facts);
            strcpy(seen, path);
        }
        (*out)[i] =
            hash(hash(UINT64_C(0xcbf29ce484222325), name, strlen(name)), facts, sizeof facts);
    }
    return RN_OK;
}
