/* finite.h: finds infinite values and NaN. */
#ifndef RN_CORE_BASE_FINITE_H
#define RN_CORE_BASE_FINITE_H

#include <stdbool.h>
#include <stdint.h>

/* True if no value is infinite or NaN. */
bool rn_all_finite(const float *values, int64_t count);

#endif
