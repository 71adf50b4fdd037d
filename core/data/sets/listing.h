/* listing.h: the names in a folder. */
#ifndef RN_CORE_DATA_SETS_LISTING_H
#define RN_CORE_DATA_SETS_LISTING_H

#include <resnet/status.h>
#include <stdint.h>

/* Zero-initialise. */
typedef struct rn_listing {
    char **names;
    int64_t count, capacity;
} rn_listing;

/* Adds a name, which is copied. RN_E_NOMEM. */
rn_status rn_listing_add(rn_listing *listing, const char *name);

/* Adds the names of a folder's sub-folders, and of all else; symbolic links count as what they
 * point to. RN_E_DATA. */
rn_status rn_listing_read(const char *path, rn_listing *folders, rn_listing *others);

/* Sorts by bytes, which for UTF-8 is the order of Python's sorted(). */
void rn_listing_sort(rn_listing *listing);

void rn_listing_clear(rn_listing *listing);

#endif
