/* rapl.h: the energy that processor packages have used, as Linux counts it (RAPL: AMD and Intel).
 * All processes on the machine are in it. */
#ifndef RN_CORE_COMPARE_RAPL_H
#define RN_CORE_COMPARE_RAPL_H

#include <stdbool.h>
#include <stdint.h>

#define RN_MAX_PACKAGES 16

typedef struct rn_rapl {
    int32_t n_packages;
    int32_t zones[RN_MAX_PACKAGES];       /* the number in intel-rapl:N */
    uint64_t begin_uj[RN_MAX_PACKAGES];   /* at the start */
    uint64_t largest_uj[RN_MAX_PACKAGES]; /* after which a counter is 0 again */
} rn_rapl;

/* Reads the counters of all packages. `root` stands before /sys, for tests; "" otherwise. False if
 * there are none that may be read; then `why` says so. */
bool rn_rapl_start(const char *root, rn_rapl *rapl, const char **why);

/* Joules since the start, of all packages; NaN if a counter cannot be read any more. */
double rn_rapl_joules(const char *root, const rn_rapl *rapl);

#endif
