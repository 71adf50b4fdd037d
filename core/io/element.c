/* element.c: the types of numbers in files of tensors, and their conversion. */
#include "io/element.h"

#include <math.h>
#include <resnet/tensor.h>
#include <stddef.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files of tensors are little-endian");

/* Fails for a finite number that would become infinite; NaN and infinity are kept. */
static bool convert_f64(const uint8_t *from, uint64_t count, void *to)
{
    float *y = to;
    for (uint64_t i = 0; i < count; i++) {
        double x;
        memcpy(&x, from + 8 * i, 8);
        y[i] = (float)x;
        if (isinf(y[i]) && !isinf(x))
            return false;
    }
    return true;
}

/* The exponent and the mantissa at their places in a float, whose exponent has another bias; a
 * product makes up for it, of subnormal numbers too. Exponent 31: infinity or NaN. */
static float f16_value(uint16_t half)
{
    uint32_t bits = (uint32_t)(half & 0x7fff) << 13;
    float magnitude;
    if ((half & 0x7c00) == 0x7c00)
        bits |= 0x7f800000;
    memcpy(&magnitude, &bits, sizeof magnitude);
    if ((half & 0x7c00) != 0x7c00)
        magnitude *= 0x1p112f;
    return half & 0x8000 ? -magnitude : magnitude;
}

static bool convert_f16(const uint8_t *from, uint64_t count, void *to)
{
    float *y = to;
    for (uint64_t i = 0; i < count; i++)
        y[i] = f16_value((uint16_t)(from[2 * i] | from[2 * i + 1] << 8));
    return true;
}

static bool convert_bf16(const uint8_t *from, uint64_t count, void *to)
{
    uint8_t *y = to;
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t bits[4] = { 0, 0, from[2 * i], from[2 * i + 1] };
        memcpy(y + 4 * i, bits, 4);
    }
    return true;
}

static bool convert_i64(const uint8_t *from, uint64_t count, void *to)
{
    int32_t *y = to;
    for (uint64_t i = 0; i < count; i++) {
        int64_t x;
        memcpy(&x, from + 8 * i, 8);
        if (x < INT32_MIN || x > INT32_MAX)
            return false;
        y[i] = (int32_t)x;
    }
    return true;
}

static bool convert_i16(const uint8_t *from, uint64_t count, void *to)
{
    int32_t *y = to;
    for (uint64_t i = 0; i < count; i++)
        y[i] = (int16_t)(from[2 * i] | from[2 * i + 1] << 8);
    return true;
}

static bool convert_i8(const uint8_t *from, uint64_t count, void *to)
{
    int32_t *y = to;
    for (uint64_t i = 0; i < count; i++)
        y[i] = (int8_t)from[i];
    return true;
}

/* A dtype is written as the first type here that has it. */
static const rn_element types[] = {
    { "F32", 4, RN_F32, NULL },
    { "I32", 4, RN_I32, NULL },
    { "U8", 1, RN_U8, NULL },
    { "BOOL", 1, RN_U8, NULL },
    { "F64", 8, RN_F32, convert_f64 },
    { "F16", 2, RN_F32, convert_f16 },
    { "BF16", 2, RN_F32, convert_bf16 },
    { "I64", 8, RN_I32, convert_i64 },
    { "I16", 2, RN_I32, convert_i16 },
    { "I8", 1, RN_I32, convert_i8 },
};

#define N_TYPES (sizeof types / sizeof *types)

const rn_element *rn_element_by_text(const char *text)
{
    for (size_t i = 0; i < N_TYPES; i++)
        if (strcmp(types[i].text, text) == 0)
            return &types[i];
    return NULL;
}

const rn_element *rn_element_by_dtype(int32_t dtype)
{
    for (size_t i = 0; i < N_TYPES; i++)
        if (types[i].dtype == dtype)
            return &types[i];
    return NULL;
}
