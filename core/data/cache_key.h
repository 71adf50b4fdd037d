/* cache_key.h: what a cache of pictures must have been made of to be used. */
#ifndef RN_CORE_DATA_CACHE_KEY_H
#define RN_CORE_DATA_CACHE_KEY_H

#include "data/source.h"

/* What all pictures have in common, as lines of text: how they are decoded, and the transforms. The
 * caller frees it. RN_E_NOMEM. */
rn_status rn_cache_key(const rn_source *source, char **out);

/* A number for each sample, which changes with its name, and with its file's size and date. The
 * caller frees them. RN_E_NOMEM. */
rn_status rn_cache_stamps(const rn_source *source, uint64_t **out);

#endif
