/* values.h: conversions between float and the device's narrower formats. */
#ifndef RN_TESTS_CUDASIM_VALUES_H
#define RN_TESTS_CUDASIM_VALUES_H

#include <stdint.h>
#include <string.h>

static inline float cudasim_from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t cudasim_to_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float cudasim_from_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, rest = half & 0x7FFF;
    if (rest >= 0x7C00)
        return cudasim_from_bits(sign | 0x7F800000 | (rest & 0x3FF) << 13);
    if (rest < 0x400) { /* subnormal */
        float value = (float)rest * 0x1p-24F;
        return sign ? -value : value;
    }
    return cudasim_from_bits(sign | ((rest << 13) + (112U << 23)));
}

/* Rounds to nearest, ties to even. */
static inline uint16_t cudasim_to_half(float value)
{
    uint32_t bits = cudasim_to_bits(value), sign = bits >> 16 & 0x8000, rest = bits & 0x7FFFFFFF;
    if (rest > 0x7F800000)
        return 0x7FFF;
    if (rest >= 0x477FF000)
        return (uint16_t)(sign | 0x7C00);
    if (rest < 0x38800000) /* the addition rounds: 2^-24 becomes the last bit */
        return (uint16_t)(sign | (cudasim_to_bits(cudasim_from_bits(rest) + 0.5F) -
                                  cudasim_to_bits(0.5F)));
    rest += 0xFFF + (rest >> 13 & 1);
    return (uint16_t)(sign | (rest - (112U << 23)) >> 13);
}

static inline float cudasim_from_bf16(uint16_t half)
{
    return cudasim_from_bits((uint32_t)half << 16);
}

static inline uint16_t cudasim_to_bf16(float value)
{
    uint32_t bits = cudasim_to_bits(value);
    if ((bits & 0x7FFFFFFF) > 0x7F800000)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/* Rounds to 10 bits of mantissa, to nearest, ties away from 0. */
static inline float cudasim_round_tf32(float value)
{
    uint32_t bits = cudasim_to_bits(value);
    if ((bits & 0x7F800000) == 0x7F800000)
        return value;
    return cudasim_from_bits((bits + 0x1000) & ~(uint32_t)0x1FFF);
}

#endif
