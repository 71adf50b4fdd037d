/* disturb.h: moves numbers as rounding might, to see how far a step moves with them. */
#ifndef RN_CORE_COMPARE_DISTURB_H
#define RN_CORE_COMPARE_DISTURB_H

#include <stdint.h>

/* Multiplies each number by 1 + amount or 1 - amount, at random but the same for the same stream.
 * `clean`: the values of a run without this, or NULL. Where the numbers are further from them than
 * they are large, they get random signs instead: they are only noise, and scaling could leave sums
 * at 0 that rounding would not. */
void rn_disturb(float *values, const float *clean, int64_t count, double amount, uint32_t stream);

#endif
