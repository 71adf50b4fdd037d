/* softmax.h: the logarithm of the sum that softmax and cross-entropy divide by. */
#ifndef RN_BACKENDS_REFERENCE_SOFTMAX_H
#define RN_BACKENDS_REFERENCE_SOFTMAX_H

#include <math.h>

#include "reference/reference.h"

/* log of the sum of exp(row[k]). Subtracts the maximum first to avoid overflow. */
static inline double reference_log_sum_exp(const float *row, int64_t count)
{
    double maximum = -INFINITY, sum = 0;
    for (int64_t k = 0; k < count; k++)
        maximum = fmax(maximum, (double)row[k]);
    for (int64_t k = 0; k < count; k++)
        sum += exp((double)row[k] - maximum);
    return maximum + log(sum);
}

#endif
