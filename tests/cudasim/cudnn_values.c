/* cudnn_values.c: values of the types that the stand-in for cuDNN supports, and tensors as arrays
 * of floats. */
#include <string.h>

#include "cudnn_sim.h"
#include "values.h"

/* Filling all of a workspace of hundreds of megabytes is not necessary. */
#define GARBAGE_BYTES ((size_t)1 << 20)

void dnn_fill_garbage(void *data, size_t bytes)
{
    if (bytes > 2 * GARBAGE_BYTES) {
        memset((char *)data + bytes - GARBAGE_BYTES, 0xFF, GARBAGE_BYTES);
        bytes = GARBAGE_BYTES;
    }
    if (bytes)
        memset(data, 0xFF, bytes);
}

float dnn_value(cudnnDataType_t type, const void *data, int64_t at)
{
    switch ((int)type) {
        case CUDNN_DATA_HALF: return cudasim_from_half(((const uint16_t *)data)[at]);
        case CUDNN_DATA_BFLOAT16: return cudasim_from_bf16(((const uint16_t *)data)[at]);
        default: return ((const float *)data)[at];
    }
}

void dnn_set_value(cudnnDataType_t type, void *data, int64_t at, float value)
{
    switch ((int)type) {
        case CUDNN_DATA_HALF: ((uint16_t *)data)[at] = cudasim_to_half(value); break;
        case CUDNN_DATA_BFLOAT16: ((uint16_t *)data)[at] = cudasim_to_bf16(value); break;
        default: ((float *)data)[at] = value; break;
    }
}

/* The offset of pixel_offset i, counted over all images. */
static int64_t pixel_offset(const struct cudnnTensorStruct *tensor, int64_t i)
{
    const int *dims = tensor->dims, *strides = tensor->strides;
    int64_t column = i % dims[3], row = i / dims[3] % dims[2], image = i / dims[3] / dims[2];
    return image * strides[0] + row * strides[2] + column * strides[3];
}

void dnn_load(const struct cudnnTensorStruct *tensor, const void *data, float *values)
{
    int64_t pixels = dnn_tensor_count(tensor) / tensor->dims[1];
    for (int64_t i = 0; i < pixels; i++) {
        int64_t at = pixel_offset(tensor, i);
        for (int c = 0; c < tensor->dims[1]; c++, at += tensor->strides[1])
            *values++ = dnn_value(tensor->type, data, at);
    }
}

void dnn_store(const struct cudnnTensorStruct *tensor, void *data, const float *values,
               dnn_blend blend)
{
    int64_t pixels = dnn_tensor_count(tensor) / tensor->dims[1];
    for (int64_t i = 0; i < pixels; i++) {
        int64_t at = pixel_offset(tensor, i);
        for (int c = 0; c < tensor->dims[1]; c++, at += tensor->strides[1]) {
            float value = blend.alpha * *values++;
            if (blend.beta != 0)
                value += blend.beta * dnn_value(tensor->type, data, at);
            dnn_set_value(tensor->type, data, at, value);
        }
    }
}
