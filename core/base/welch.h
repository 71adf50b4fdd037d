/* welch.h: mean and standard deviation of a sample, and Welch's t-test of two. */
#ifndef RN_CORE_BASE_WELCH_H
#define RN_CORE_BASE_WELCH_H

#include <stdint.h>

typedef struct rn_sample {
    int64_t n;
    double mean; /* NaN if n is 0 */
    double sd;   /* with n-1; NaN if n is less than 2 */
} rn_sample;

typedef struct rn_welch {
    double t;  /* of b's mean less a's */
    double df; /* degrees of freedom, after Welch and Satterthwaite */
    double p;  /* two-sided: of a |t| at least as large, if both have the same mean */
} rn_welch;

rn_sample rn_sample_of(const double *values, int64_t n);

/* All NaN if one sample has less than two values, or neither varies. */
rn_welch rn_welch_test(const rn_sample *a, const rn_sample *b);

#endif
