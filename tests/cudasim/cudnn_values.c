/* cudnn_values.c: numbers of the types that the stand-in for cuDNN computes with, and tensors as
 * rows of floats. */
#include <math.h>
#include <string.h>
#include "cudnn_sim.h"

/* A workspace of hundreds of megabytes need not be spoilt to its last byte. */
#define SPOILT_BYTES ((size_t)1 << 20)

void dnn_spoil(void *data, size_t bytes)
{
    if (bytes > 2 * SPOILT_BYTES) {
        memset((char *)data + bytes - SPOILT_BYTES, 0xFF, SPOILT_BYTES);
        bytes = SPOILT_BYTES;
    }
    if (bytes) {
        memset(data, 0xFF, bytes);
    }
}

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t to_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float from_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, rest = half & 0x7FFF;
    if (rest >= 0x7C00) {
        return from_bits(sign | 0x7F800000 | (rest & 0x3FF) << 13);
    }
    if (rest < 0x400) { /* below the smallest normal number */
        float value = (float)rest * 0x1p-24F;
        return sign ? -value : value;
    }
    return from_bits(sign | ((rest << 13) + (112U << 23)));
}

static uint16_t to_half(float value)
{
    uint32_t bits = to_bits(value), sign = bits >> 16 & 0x8000, rest = bits & 0x7FFFFFFF;
    if (rest > 0x7F800000) {
        return (uint16_t)(sign | 0x7FFF);
    }
    if (rest >= 0x477FF000) {
        return (uint16_t)(sign | 0x7C00);
    }
    if (rest < 0x38800000) { /* rounding by the addition: 2^-24 becomes the last bit */
        return (uint16_t)(sign | (to_bits(from_bits(rest) + 0.5F) - to_bits(0.5F)));
    }
    rest += 0xFFF + (rest >> 13 & 1);
    return (uint16_t)(sign | (rest - (112U << 23)) >> 13);
}

static uint16_t to_bfloat16(float value)
{
    uint32_t bits = to_bits(value);
    if (isnan(value)) {
        return (uint16_t)(bits >> 16 | 0x40);
    }
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

float dnn_round_tf32(float value)
{
    uint32_t bits = to_bits(value);
    return isfinite(value) ? from_bits((bits + 0x1000) & ~(uint32_t)0x1FFF) : value;
}

float dnn_value(cudnnDataType_t type, const void *data, int64_t at)
{
    switch ((int)type) {
    case CUDNN_DATA_HALF: return from_half(((const uint16_t *)data)[at]);
    case CUDNN_DATA_BFLOAT16: return from_bits((uint32_t)((const uint16_t *)data)[at] << 16);
    default: return ((const float *)data)[at];
    }
}

void dnn_set_value(cudnnDataType_t type, void *data, int64_t at, float value)
{
    switch ((int)type) {
    case CUDNN_DATA_HALF: ((uint16_t *)data)[at] = to_half(value); break;
    case CUDNN_DATA_BFLOAT16: ((uint16_t *)data)[at] = to_bfloat16(value); break;
    default: ((float *)data)[at] = value; break;
    }
}

/* Where a row of channels begins; i counts the pixels of all images. */
static int64_t pixel(const struct cudnnTensorStruct *tensor, int64_t i)
{
    const int *dims = tensor->dims, *strides = tensor->strides;
    int64_t column = i % dims[3], row = i / dims[3] % dims[2], image = i / dims[3] / dims[2];
    return image * strides[0] + row * strides[2] + column * strides[3];
}

void dnn_load(const struct cudnnTensorStruct *tensor, const void *data, float *values)
{
    int64_t pixels = dnn_tensor_count(tensor) / tensor->dims[1];
    for (int64_t i = 0; i < pixels; i++) {
        int64_t at = pixel(tensor, i);
        for (int c = 0; c < tensor->dims[1]; c++, at += tensor->strides[1]) {
            *values++ = dnn_value(tensor->type, data, at);
        }
    }
}

void dnn_store(const struct cudnnTensorStruct *tensor, void *data, const float *values,
               dnn_blend blend)
{
    int64_t pixels = dnn_tensor_count(tensor) / tensor->dims[1];
    for (int64_t i = 0; i < pixels; i++) {
        int64_t at = pixel(tensor, i);
        for (int c = 0; c < tensor->dims[1]; c++, at += tensor->strides[1]) {
            float value = blend.alpha * *values++;
            if (blend.beta != 0) {
                value += blend.beta * dnn_value(tensor->type, data, at);
            }
            dnn_set_value(tensor->type, data, at, value);
        }
    }
}
