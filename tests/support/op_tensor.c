/* op_tensor.c: creates, fills and compares named tensors in host memory. */
#include <math.h>
#include <resnet/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/op_harness.h"

int64_t op_count(const op_tensor *tensor)
{
    int64_t count = 1;
    for (int32_t i = 0; i < tensor->desc.rank; i++)
        count *= tensor->desc.shape[i];
    return count;
}

uint64_t op_desc_bytes(const rn_tensor_desc *desc)
{
    uint64_t planes = 1, plane = 1;
    for (int32_t i = 0; i < desc->rank; i++) {
        int32_t inner = desc->rank > 2 ? desc->rank - 2 : desc->rank - 1;
        *(i < inner ? &planes : &plane) *= (uint64_t)desc->shape[i];
    }
    if (desc->dtype == RN_BIT)
        return planes * ((plane + 7) / 8);
    return planes * plane * (desc->dtype == RN_U8 ? 1 : 4);
}

op_tensor *op_set_add(op_set *set, const char *name, int32_t dtype, int32_t rank,
                      const int64_t *shape)
{
    op_tensor *tensor = calloc(1, sizeof *tensor);
    if (!tensor || set->n == OP_SET_MAX)
        abort();
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensor->desc = (rn_tensor_desc){
        .size = sizeof tensor->desc, .dtype = dtype, .layout = RN_LAYOUT_PLAIN, .rank = rank
    };
    memcpy(tensor->desc.shape, shape, (size_t)rank * sizeof *shape);
    tensor->desc.size_bytes = op_desc_bytes(&tensor->desc);
    tensor->data = calloc(1, tensor->desc.size_bytes);
    if (!tensor->data)
        abort();
    set->tensors[set->n++] = tensor;
    return tensor;
}

op_tensor *op_set_like(op_set *set, const char *name, const op_tensor *other)
{
    return op_set_add(set, name, other->desc.dtype, other->desc.rank, other->desc.shape);
}

op_tensor *op_set_vector(op_set *set, const char *name, int64_t length)
{
    return op_set_add(set, name, RN_F32, 1, &length);
}

op_tensor *op_set_image(op_set *set, const char *name, const int64_t shape[4])
{
    return op_set_add(set, name, RN_F32, 4, shape);
}

op_tensor *op_set_find(const op_set *set, const char *name)
{
    for (int i = 0; i < set->n; i++)
        if (!strcmp(set->tensors[i]->name, name))
            return set->tensors[i];
    return NULL;
}

void op_set_clear(op_set *set)
{
    for (int i = 0; i < set->n; i++) {
        free(set->tensors[i]->data);
        free(set->tensors[i]);
    }
    set->n = 0;
}

void op_fill(op_tensor *tensor, uint32_t seed)
{
    float *data = tensor->data;
    for (int64_t i = 0; i < op_count(tensor); i++)
        data[i] = 2.0f * rn_random_uniform(seed, 0, 0, (uint64_t)i) - 1.0f;
}

/* Rounds to nearest, ties to even; infinities and NaN are unchanged. */
static float round_to_bf16(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (!isfinite(value))
        return value;
    bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000u;
    memcpy(&value, &bits, sizeof bits);
    return value;
}

void op_set_round(op_set *set)
{
    for (int t = 0; t < set->n; t++) {
        float *data = set->tensors[t]->data;
        const rn_tensor_desc *desc = &set->tensors[t]->desc;
        bool is_bias = !strcmp(set->tensors[t]->name, "bias");
        bool is_rounded = desc->dtype == RN_F32 && (desc->rank == 4 || desc->rank == 2 || is_bias);
        for (int64_t i = 0; is_rounded && i < op_count(set->tensors[t]); i++)
            data[i] = round_to_bf16(data[i]);
    }
}

bool op_is_half(const op_backend *backend)
{
    return backend->precision == RN_PRECISION_BF16 || backend->precision == RN_PRECISION_FP16;
}

bool op_is_rounded(const op_backend *backend)
{
    return backend->precision != RN_PRECISION_FP32;
}

op_limit op_limit_on(const op_backend *backend, const op_tensor *result, op_limit limit)
{
    const double half_unit = backend->precision == RN_PRECISION_BF16 ? 1.0 / 256 : 1.0 / 2048;
    bool is_stored = result->desc.dtype == RN_F32 && result->desc.rank == 4 &&
                     (backend->half_filters || strcmp(result->name, "dweight") != 0);
    if (op_is_half(backend) && is_stored)
        limit.tolerance += half_unit;
    return limit;
}

#define TRANSFORM_TOLERANCE 7e-5

static double rms(const op_tensor *tensor)
{
    const float *data = tensor->data;
    double sum = 0;
    for (int64_t i = 0; i < op_count(tensor); i++)
        sum += isfinite(data[i]) ? (double)data[i] * (double)data[i] : 0;
    return sqrt(sum / (double)op_count(tensor));
}

double op_relative_rms(const float *found, const float *wanted, int64_t count, double scale)
{
    double difference = 0, size = 0;
    for (int64_t i = 0; i < count; i++) {
        double d = (double)found[i] - (double)wanted[i];
        difference += d * d;
        size += (double)wanted[i] * (double)wanted[i];
    }
    return sqrt(difference) / fmax(sqrt(size), scale * sqrt((double)count));
}

static double element(const op_tensor *tensor, int64_t i)
{
    switch (tensor->desc.dtype) {
        case RN_F32: return (double)((const float *)tensor->data)[i];
        case RN_I32: return (double)((const int32_t *)tensor->data)[i];
        default: return (double)((const uint8_t *)tensor->data)[i];
    }
}

static bool same_shape(const op_tensor *a, const op_tensor *b)
{
    return a->desc.dtype == b->desc.dtype && a->desc.rank == b->desc.rank &&
           !memcmp(a->desc.shape, b->desc.shape, (size_t)a->desc.rank * sizeof a->desc.shape[0]);
}

void op_compare(const op_backend *backend, const char *where, const op_tensor *got,
                const op_tensor *expected, op_limit limit)
{
    if (!same_shape(got, expected)) {
        op_check(false, "%s: %s: %s has another type or shape than expected", backend->label, where,
                 expected->name);
        return;
    }
    double floor = expected->desc.dtype == RN_F32 ? fmax(limit.scale, rms(expected)) : 0;
    if (got->is_transformed)
        limit.tolerance = fmax(limit.tolerance, TRANSFORM_TOLERANCE);
    double tolerance = expected->desc.dtype == RN_F32 ? limit.tolerance : 0;
    double worst = -1;
    int64_t worst_at = 0, n_wrong = 0;
    for (int64_t i = 0; i < op_count(expected); i++) {
        double e = element(expected, i), g = element(got, i);
        double off = fabs(g - e);
        double allowed = tolerance * fmax(floor, fabs(e));
        if (off <= allowed || g == e || (isnan(g) && isnan(e)))
            continue;
        n_wrong++;
        double excess = isfinite(off) ? off - allowed : INFINITY;
        if (excess > worst) {
            worst = excess;
            worst_at = i;
        }
    }
    op_check(
        n_wrong == 0,
        "%s: %s: %s[%lld]: got %.9g, expected %.9g, allowed difference %.3g (%lld of %lld wrong)",
        backend->label, where, expected->name, (long long)worst_at, element(got, worst_at),
        element(expected, worst_at), tolerance * fmax(floor, fabs(element(expected, worst_at))),
        (long long)n_wrong, (long long)op_count(expected));
}
