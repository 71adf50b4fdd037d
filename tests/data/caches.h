/* caches.h: sources with a cache of pictures, for tests. */
#ifndef RN_TESTS_CACHES_H
#define RN_TESTS_CACHES_H

#include "data/cached.h"
#include "data/loader.h"
#include "support/check.h"

/* What a source is opened with. Zero-initialise, then set the fields that are wanted. */
typedef struct caches_params {
    const char *kind, *path;   /* of the data set, below scratch; default: the folder "set" */
    const char *train;         /* data.train; default: the usual place */
    const char *transforms;    /* data.transforms.train; default: a resize to the input */
    const char *cache;         /* "none", "memory", or a name below scratch; default: "none" */
    const char *more;          /* a setting; default: none */
    int64_t limit, channels;   /* default: all samples, of 3 channels */
    float tolerance;           /* of 255, of pixels in comparisons; default: none */
    rn_cache_progress *making; /* called while a cache is made; NULL: nothing */
} caches_params;

typedef struct caches_trial {
    rn_config *config;
    rn_source *source;
    rn_status status; /* of getting the cache */
    bool is_made;     /* not just opened */
    rn_cache_progress *making;
} caches_trial;

/* Writes the folder "set": pictures of two classes, of several sizes and formats, and two files
 * that cannot be decoded. */
void caches_write_set(void);

/* Opens a source, which must succeed but for its cache. */
caches_trial caches_open(const caches_params *params);
void caches_close(caches_trial *trial);

/* Whether the source gives the same pixels in two shuffled epochs as one of the same parameters
 * without a cache, and leaves out the same samples for the same reasons. */
bool caches_same(const caches_params *params, const rn_source *source);

/* Opens a source, checks whether its cache was made just now, and that it is right. */
void caches_check(const caches_params *params, bool made);

#endif
