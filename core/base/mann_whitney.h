/* mann_whitney.h: the test of Mann and Whitney (Wilcoxon's of rank sums): whether values of one
 * sample tend to be larger than those of another. */
#ifndef RN_CORE_BASE_MANN_WHITNEY_H
#define RN_CORE_BASE_MANN_WHITNEY_H

#include <stdint.h>

typedef struct rn_mann_whitney {
    double u; /* of b: pairs in which b's value is the larger one; equal ones count half */
    double p; /* two-sided: of a u at least as far from its mean, if both have one distribution */
} rn_mann_whitney;

/* Of n and m >= 1 values, in time (n + m)^2. The exact distribution where both samples have at most
 * 20 values and none is there twice; else the normal one, corrected for ties and continuity. */
rn_mann_whitney rn_mann_whitney_test(const double *a, int64_t n, const double *b, int64_t m);

#endif
