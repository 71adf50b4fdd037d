/* median.h: the median and percentiles of measurements. */
#ifndef RN_CORE_BASE_MEDIAN_H
#define RN_CORE_BASE_MEDIAN_H

#include <stdint.h>

/* Sorts n values, the least first. */
void rn_sort_values(double *values, int64_t n);

/* The least of n >= 1 sorted values that so many percent of them do not exceed. */
double rn_percentile_of(const double *sorted, int64_t n, int64_t percent);

/* The median of n >= 1 values; sorts them. */
double rn_median_of(double *values, int64_t n);

#endif
