/* search.h: tells a user who waits why a first start takes longer: while a backend is asked about
 * operators it may search, with the clock, for what is fastest on the device. */
#ifndef RN_CORE_DEVICE_SEARCH_H
#define RN_CORE_DEVICE_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

/* Tells it, or only with --verbose, as is so before the first call. [setup] */
void rn_search_tell(bool tells);

/* Adds to the time that backends took to answer. When a search alone can take so long, this is
 * told, once. [any] */
void rn_search_add(const char *label, uint64_t ns);

#endif
