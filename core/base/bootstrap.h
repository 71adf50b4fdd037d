/* bootstrap.h: how well a quantity of two samples is known, by drawing from them again and again
 * (Efron 1979, https://doi.org/10.1214/aos/1176344552). */
#ifndef RN_CORE_BASE_BOOTSTRAP_H
#define RN_CORE_BASE_BOOTSTRAP_H

#include <resnet/status.h>
#include <stdint.h>

typedef struct rn_interval {
    double low, high;
} rn_interval;

/* The interval of the ratio of the medians, b's by a's, with this confidence (0.99), by the
 * percentiles of 4000 draws, which are the same at each call. The samples have at least one value
 * each. RN_E_NOMEM. */
rn_status rn_bootstrap_ratio(const double *a, int64_t n, const double *b, int64_t m,
                             double confidence, rn_interval *interval);

#endif
