/* caching.c: shows how far the making of a cache is. */
#include "train/caching.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "data/cached.h"
#include "report/progress.h"
#include "world/world.h"

typedef struct view {
    rn_progress bar;
    bool quiet, is_shown;
} view;

/* A cache that only has to be opened shows nothing. */
static void show(void *context, int64_t n_done, int64_t count)
{
    view *v = context;
    if (!v->is_shown)
        rn_progress_start(&v->bar, stderr, v->quiet, "making the cache of pictures", count);
    v->is_shown = true;
    rn_progress_update(&v->bar, n_done, NAN, 0);
}

static rn_status use_cache(rn_source *source, bool quiet)
{
    view v = { .quiet = quiet || !rn_world_is_first() };
    rn_world_busy("makes the cache of pictures");
    rn_status status = rn_source_use_cache(source, show, &v);
    rn_world_busy(NULL);
    if (v.is_shown)
        rn_progress_finish(&v.bar);
    if (v.is_shown && !status)
        rn_log(RN_LOG_INFO, "the cache of pictures is made: %s", source->config->data.cache);
    return status;
}

/* A file is made by the first process of a host, and read by the others; in memory, each has its
 * own. */
rn_status rn_caching_start(rn_source *source, bool quiet)
{
    const char *where = source->config->data.cache;
    bool is_file = strcmp(where, "none") != 0 && strcmp(where, "memory") != 0;
    bool waits = is_file && rn_world_get()->place > 0;
    rn_status status = waits ? RN_OK : use_cache(source, quiet);
    if (!status && is_file)
        status = rn_world_barrier();
    return status || !waits ? status : use_cache(source, quiet);
}
