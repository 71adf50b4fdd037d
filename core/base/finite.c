/* finite.c: finds infinite values and NaN. */
#include "base/finite.h"

#include <math.h>

bool rn_all_finite(const float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}
