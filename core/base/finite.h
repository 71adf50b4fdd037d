/* finite.h: whether numbers are neither infinite nor NaN. */
#ifndef RN_CORE_BASE_FINITE_H
#define RN_CORE_BASE_FINITE_H

#include <stdbool.h>
#include <stdint.h>

bool rn_all_finite(const float *values, int64_t count);

#endif
