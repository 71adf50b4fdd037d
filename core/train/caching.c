/* caching.c: shows how far the making of a cache is. */
#include "train/caching.h"

#include <math.h>

#include "data/cached.h"
#include "report/progress.h"

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

rn_status rn_caching_start(rn_source *source, bool quiet)
{
    view v = { .quiet = quiet };
    rn_status status = rn_source_use_cache(source, show, &v);
    if (v.is_shown)
        rn_progress_finish(&v.bar);
    return status;
}
