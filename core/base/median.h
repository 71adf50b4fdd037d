/* median.h: the middle of measured values. */
#ifndef RN_CORE_BASE_MEDIAN_H
#define RN_CORE_BASE_MEDIAN_H

#include <stdint.h>

/* Of at least one value; sorts them. */
double rn_median_of(double *values, int64_t n);

#endif
