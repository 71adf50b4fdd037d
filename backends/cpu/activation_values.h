/* activation_values.h: the functions of activation and their derivatives in single precision,
 * without branches, so that loops over them are vectorised: <kind>_value and <kind>_slope, both of
 * x, alpha and beta. Where a function has a limit, infinite x give it. NaN stays NaN. */
#ifndef BACKENDS_CPU_ACTIVATION_VALUES_H
#define BACKENDS_CPU_ACTIVATION_VALUES_H

#include <stdint.h>

#include "cpu/clones.h"

typedef union value_bits {
    float value;
    uint32_t bits;
} value_bits;

CPU_INLINE float value_of_bits(uint32_t bits)
{
    return ((value_bits){ .bits = bits }).value;
}

CPU_INLINE uint32_t value_to_bits(float value)
{
    return ((value_bits){ .value = value }).bits;
}

CPU_INLINE float value_size(float x)
{
    return value_of_bits(value_to_bits(x) & 0x7fffffffu);
}

/* Brings x, which may be infinite, to within -far and far. */
CPU_INLINE float value_bounded(float x, float far)
{
    float above = x < -far ? -far : x;
    return above > far ? far : above;
}

#define VALUE_FAR 128.0f /* exp(-104) is 0 in single precision */

/* exp(-(x + rest)) of x >= 0 and a small rest: 2^-k * exp(r), with |r| <= ln(2)/2, whose
 * polynomial is that of Cephes' expf. 2^-k is two factors, as it may be below 2^-126. */
CPU_INLINE float value_exp(float x, float rest)
{
    const float rounder = 12582912.0f; /* 1.5 * 2^23: a sum with it is rounded to an integer */
    float near = x > 104.0f ? 104.0f : x;
    float shifted = near * 1.44269504f + rounder;
    float k = shifted - rounder;
    float r = k * 0.693359375f - near; /* ln(2) in two parts */
    r = r - k * 2.12194440e-4f - rest;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    uint32_t power = value_to_bits(shifted) & 0xffu, half = power / 2;
    return p * value_of_bits((127 - half) << 23) * value_of_bits((127 - (power - half)) << 23);
}

#define VALUE(name) CPU_INLINE float name(float x, float alpha, float beta)
#define VALUE_UNUSED (void)alpha, (void)beta

VALUE(sigmoid_value)
{
    VALUE_UNUSED;
    float e = value_exp(value_size(x), 0);
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

VALUE(sigmoid_slope)
{
    VALUE_UNUSED;
    float e = value_exp(value_size(x), 0), share = 1.0f / (1.0f + e);
    return e * share * share;
}

/* Near 0 by Cephes' polynomial, as 1 - exp would cancel. */
VALUE(tanh_value)
{
    VALUE_UNUSED;
    float size = value_size(x), e = value_exp(size * 2.0f, 0), z = x * x;
    float far = (1.0f - e) / (1.0f + e);
    float p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    float near = p * z * x + x;
    return size < 0.625f ? near : x < 0.0f ? -far : far;
}

VALUE(tanh_slope)
{
    VALUE_UNUSED;
    float e = value_exp(value_size(x) * 2.0f, 0), share = 1.0f / (1.0f + e);
    return 4.0f * e * share * share;
}

VALUE(silu_value)
{
    return (x < -VALUE_FAR ? -VALUE_FAR : x) * sigmoid_value(x, alpha, beta);
}

VALUE(silu_slope)
{
    VALUE_UNUSED;
    float e = value_exp(value_size(x), 0), share = 1.0f / (1.0f + e);
    float sigmoid = x < 0.0f ? e * share : share;
    return sigmoid + value_bounded(x, VALUE_FAR) * (e * share * share);
}

VALUE(hard_sigmoid_value)
{
    VALUE_UNUSED;
    float inner = (x + 3.0f) / 6.0f;
    return x <= -3.0f ? 0.0f : x >= 3.0f ? 1.0f : inner;
}

VALUE(hard_sigmoid_slope)
{
    VALUE_UNUSED;
    return x <= -3.0f ? 0.0f : x >= 3.0f ? 0.0f : 1 / 6.0f;
}

VALUE(hard_swish_value)
{
    VALUE_UNUSED;
    float inner = x * ((x + 3.0f) / 6.0f);
    return x <= -3.0f ? 0.0f : x >= 3.0f ? x : inner;
}

VALUE(hard_swish_slope)
{
    VALUE_UNUSED;
    float inner = x / 3.0f + 0.5f;
    return x <= -3.0f ? 0.0f : x >= 3.0f ? 1.0f : inner;
}

VALUE(leaky_relu_value)
{
    (void)beta;
    float scaled = x * alpha;
    return x > 0.0f ? x : scaled;
}

VALUE(leaky_relu_slope)
{
    (void)beta;
    return x > 0.0f ? 1.0f : alpha;
}

VALUE(relu6_value)
{
    VALUE_UNUSED;
    return x <= 0.0f ? 0.0f : x >= 6.0f ? 6.0f : x;
}

VALUE(relu6_slope)
{
    VALUE_UNUSED;
    return x <= 0.0f ? 0.0f : x >= 6.0f ? 0.0f : 1.0f;
}

/* exp(-size^2 / 2). The square is taken in two parts, as its rounding would be as much as 2^-17 of
 * the result: that of 12 bits is exact. */
CPU_INLINE float value_bell(float size)
{
    float high = value_of_bits(value_to_bits(size) & 0xfffff000u), low = size - high;
    float square = high * high * 0.5f, more = low * (size + high) * 0.5f;
    float sum = square + more;
    return value_exp(sum, more - (sum - square));
}

/* The share of the normal distribution beyond `size`, whose bell is known: bell * P(t), with
 * t = 1/(1 + size/4). P, fitted to erfc, is within 1.8e-8 of it up to size = 40. */
CPU_INLINE float value_tail(float size, float bell)
{
    float t = 1.0f / (1.0f + size * 0.25f);
    float p = 0.0205013163f;
    p = p * t - 0.0839699758f;
    p = p * t + 0.1011091892f;
    p = p * t - 0.0369699732f;
    p = p * t + 0.0665664087f;
    p = p * t + 0.0580932534f;
    p = p * t + 0.0817363761f;
    p = p * t + 0.0934624877f;
    p = p * t + 0.0997352725f;
    p = p * t + 0.0997356540f;
    return p * t * bell;
}

#define VALUE_BELL_FAR 40.0f

VALUE(gelu_value)
{
    VALUE_UNUSED;
    float size = value_size(value_bounded(x, VALUE_BELL_FAR));
    float tail = value_tail(size, value_bell(size));
    return x < 0.0f ? -size * tail : x * (1.0f - tail);
}

VALUE(gelu_slope)
{
    VALUE_UNUSED;
    float near = value_bounded(x, VALUE_BELL_FAR), size = value_size(near);
    float bell = value_bell(size), tail = value_tail(size, bell);
    return (x < 0.0f ? tail : 1.0f - tail) + near * bell * 0.3989422804f;
}

VALUE(scale_value)
{
    return alpha * x + beta;
}

VALUE(scale_slope)
{
    (void)x, (void)beta;
    return alpha;
}

#undef VALUE
#undef VALUE_UNUSED
#undef VALUE_FAR
#undef VALUE_BELL_FAR

#endif
