/* caching.h: makes the caches of pictures of a run, before its first step. */
#ifndef RN_CORE_TRAIN_CACHING_H
#define RN_CORE_TRAIN_CACHING_H

#include <stdbool.h>

#include "data/source.h"

/* Gives a source its cache (data.cache), and shows on standard error how far the making of it is,
 * unless `quiet`. [setup] */
rn_status rn_caching_start(rn_source *source, bool quiet);

#endif
