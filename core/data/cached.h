/* cached.h: a source whose pictures come from a cache. */
#ifndef RN_CORE_DATA_CACHED_H
#define RN_CORE_DATA_CACHED_H

#include "data/source.h"

/* While a cache is made: on the calling thread, at its start and then a few times a second. */
typedef void rn_cache_progress(void *context, int64_t n_done, int64_t count);

/* Gives a source the cache that data.cache asks for, if it does: the file FILE.train or
 * FILE.validation where that is of these samples and transforms, else it is made. Loaders that are
 * created afterwards use it. RN_E_DATA: the file is something else, and left as it is. [setup] */
rn_status rn_source_use_cache(rn_source *source, rn_cache_progress *progress, void *context);

#endif
