/* desc.c: makes, checks and prints descriptions of tensors. */
#include <stdio.h>

#include "base/status.h"
#include "graph/graph.h"

/* Keeps the bytes, and small multiples of the number of elements, within 63 bits. */
#define MAX_ELEMENTS (INT64_MAX / 64)

static uint64_t element_bytes(int32_t dtype)
{
    switch (dtype) {
        case RN_U8: return 1;
        case RN_F16:
        case RN_BF16: return 2;
        default: return 4;
    }
}

int64_t rn_desc_count(const rn_tensor_desc *desc)
{
    int64_t count = 1;
    for (int32_t i = 0; i < desc->rank; i++)
        count *= desc->shape[i];
    return count;
}

/* RN_BIT is padded to whole bytes at the end of each plane (include/resnet/tensor.h). */
static uint64_t size_bytes(const rn_tensor_desc *desc)
{
    uint64_t count = (uint64_t)rn_desc_count(desc);
    if (desc->dtype != RN_BIT)
        return count * element_bytes(desc->dtype);
    int32_t plane_rank = desc->rank > 2 ? 2 : 1;
    uint64_t plane = 1;
    for (int32_t i = desc->rank - plane_rank; i < desc->rank; i++)
        plane *= (uint64_t)desc->shape[i];
    return count / plane * ((plane + 7) / 8);
}

/* Many libraries hold dimensions, and the number of pixels in a plane, in signed 32 bits. */
static rn_status check_dimensions(const rn_tensor_desc *desc)
{
    for (int32_t i = 0; i < desc->rank; i++) {
        if (desc->shape[i] <= 0)
            return rn_fail(RN_E_SHAPE, "dimension %d of shape %s must be positive", i,
                           RN_DESC_STRING(desc));
        if (desc->shape[i] > INT32_MAX)
            return rn_fail(RN_E_SHAPE,
                           "dimension %d of shape %s is more than %d; use fewer "
                           "channels or smaller images",
                           i, RN_DESC_STRING(desc), INT32_MAX);
    }
    if (desc->rank == 4 && desc->shape[2] * desc->shape[3] > INT32_MAX)
        return rn_fail(RN_E_SHAPE, "images of shape %s have more than %d pixels; use smaller ones",
                       RN_DESC_STRING(desc), INT32_MAX);
    return RN_OK;
}

rn_status rn_desc_check(const rn_tensor_desc *desc)
{
    int64_t count = 1;
    rn_status status = check_dimensions(desc);
    if (status)
        return status;
    for (int32_t i = 0; i < desc->rank; i++)
        if (__builtin_mul_overflow(count, desc->shape[i], &count) || count > MAX_ELEMENTS)
            return rn_fail(RN_E_SHAPE, "shape %s is too large to address", RN_DESC_STRING(desc));
    return RN_OK;
}

rn_tensor_desc rn_desc_make(int32_t dtype, int32_t rank, const int64_t *shape)
{
    rn_tensor_desc desc = {
        .size = sizeof desc, .dtype = dtype, .layout = RN_LAYOUT_PLAIN, .rank = rank
    };
    int64_t count = 1;
    bool fits = true;
    for (int32_t i = 0; i < rank; i++) {
        desc.shape[i] = shape[i];
        fits = fits && shape[i] > 0 && !__builtin_mul_overflow(count, shape[i], &count);
    }
    desc.size_bytes = fits && count <= MAX_ELEMENTS ? size_bytes(&desc) : 0;
    return desc;
}

rn_tensor_desc rn_desc_like(const rn_tensor_desc *desc, int32_t dtype)
{
    return rn_desc_make(dtype, desc->rank, desc->shape);
}

bool rn_desc_same_shape(const rn_tensor_desc *a, const rn_tensor_desc *b)
{
    if (a->rank != b->rank)
        return false;
    for (int32_t i = 0; i < a->rank; i++)
        if (a->shape[i] != b->shape[i])
            return false;
    return true;
}

const char *rn_desc_text(const rn_tensor_desc *desc, char *text, uint64_t size)
{
    uint64_t used = 0;
    for (int32_t i = 0; i < desc->rank && used < size; i++) {
        const char *before = i == 0 ? "(" : ", ";
        int n = snprintf(text + used, size - used, "%s%lld", before, (long long)desc->shape[i]);
        used += n > 0 ? (uint64_t)n : 0;
    }
    if (used < size)
        snprintf(text + used, size - used, ")");
    return text;
}
