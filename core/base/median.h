/* median.h: the median of measurements. */
#ifndef RN_CORE_BASE_MEDIAN_H
#define RN_CORE_BASE_MEDIAN_H

#include <stdint.h>

/* The median of n >= 1 values; sorts them. */
double rn_median_of(double *values, int64_t n);

#endif
