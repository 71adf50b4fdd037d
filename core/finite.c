/* finite.c: whether numbers are neither infinite nor NaN. */
#include "finite.h"

#include <string.h>

#define EXPONENT 0x7f800000u

/* Without a branch in the inner loop, so that compilers vectorise it. */
bool rn_all_finite(const float *values, int64_t count)
{
    enum { BLOCK = 4096 };
    for (int64_t begin = 0; begin < count; begin += BLOCK) {
        int64_t end = count - begin < BLOCK ? count : begin + BLOCK;
        uint32_t n_bad = 0;
        for (int64_t i = begin; i < end; i++) {
            uint32_t bits;
            memcpy(&bits, &values[i], sizeof bits);
            n_bad += (bits & EXPONENT) == EXPONENT;
        }
        if (n_bad)
            return false;
    }
    return true;
}
