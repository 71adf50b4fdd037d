/* bf16.h: the upper half of a float, rounded to nearest, ties to even. */
#ifndef RN_CORE_BASE_BF16_H
#define RN_CORE_BASE_BF16_H

#include <stdint.h>
#include <string.h>

static inline uint16_t rn_bf16_from_float(float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    if (number != number)
        return (uint16_t)(bits >> 16 | 0x40); /* rounding could make it infinite */
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static inline float rn_bf16_to_float(uint16_t half)
{
    uint32_t bits = (uint32_t)half << 16;
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

#endif
