/* cache_build.h: makes a cache of pictures of all samples of a source. */
#ifndef RN_CORE_DATA_CACHE_BUILD_H
#define RN_CORE_DATA_CACHE_BUILD_H

#include "data/cache.h"
#include "data/source.h"

typedef struct rn_cache_build_params {
    const rn_source *source;
    const char *key;        /* of rn_cache_key */
    const uint64_t *stamps; /* of rn_cache_stamps, before samples are read */
    int fd;                 /* an empty file, to read and to write */
    const char *name;       /* of the file, for messages */

    /* On the calling thread, at the start and then a few times a second. NULL: nothing. */
    void (*progress)(void *context, int64_t n_done, int64_t count);
    void *context;
} rn_cache_build_params;

/* Writes the cache into the file, and opens it. RN_E_IO: the disk is full. RN_E_CONFIG: the
 * pictures are floats. RN_E_INTERRUPTED after a signal. */
rn_status rn_cache_build(const rn_cache_build_params *params, rn_cache *cache);

#endif
