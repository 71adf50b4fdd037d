/* softmax.h: the sum that softmax and the cross-entropy divide by, as a logarithm. */
#ifndef RN_BACKENDS_REFERENCE_SOFTMAX_H
#define RN_BACKENDS_REFERENCE_SOFTMAX_H

#include <math.h>

#include "reference/reference.h"

/* log of the sum of exp(row[k]). The maximum is taken out first, so that nothing overflows. */
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
