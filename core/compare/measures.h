/* measures.h: how far one tensor is from another. */
#ifndef RN_CORE_COMPARE_MEASURES_H
#define RN_CORE_COMPARE_MEASURES_H

#include <stdint.h>

typedef struct rn_measures {
    int64_t count;
    double rms;            /* of the reference */
    double max_abs;        /* of one element's difference */
    double max_relative;   /* the same over the reference's RMS */
    double rms_difference; /* infinite where one element alone is not finite */
    double nmse;           /* sum of squared differences over that of the reference's squares */
    double cosine;         /* of the angle between both; NaN where one is 0 */
    double ulp_median, ulp_p99, ulp_max; /* fp32 units in the last place */
    int64_t n_differing;                 /* elements with other values */
    int64_t n_nonfinite_reference, n_nonfinite;
    int64_t worst;     /* index of the element with the largest difference */
    double median_abs; /* of the differences of the n_differing elements */
    double share_far;  /* of the elements further away than 8 times that median */
    int32_t
        stored_bits; /* bits of mantissa that the other's differing elements need: 7 as in bf16, 10
                             as in fp16, else 23 */
    double rounding_bits; /* bits of mantissa that explain the differences: stored_bits, or those to
                             which the factors of a product have been rounded: about 10 for tf32 and
                             fp16, 7 for bf16; NaN: equal, or unknown */
} rn_measures;

/* Quantiles are exact up to 64 units, and low by 1/32 at most above that; median_abs and share_far
 * are of that precision, too. Elements that are both NaN, or the same infinity, are equal; one
 * alone makes max_abs, max_relative and nmse infinite. */
void rn_measures_take(const float *reference, const float *other, int64_t count,
                      rn_measures *measures);

#endif
