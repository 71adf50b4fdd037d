/* tensor.c: reads tensors of an ONNX model: raw bytes, typed fields or another file. */
#include "weights/onnx/tensor.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/status.h"

/* Which field holds a type's numbers, if they are not raw, and the size of its elements. */
#define FIELD(field) offsetof(Onnx__TensorProto, n_##field), offsetof(Onnx__TensorProto, field)

static const struct type_row {
    int32_t type;
    const char *text;
    size_t count_offset, data_offset;
    uint32_t field_size; /* bytes of an element in the field */
} types[] = {
    { ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, "F32", FIELD(float_data), 4 },
    { ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE, "F64", FIELD(double_data), 8 },
    { ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16, "F16", FIELD(int32_data), 4 },
    { ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16, "BF16", FIELD(int32_data), 4 },
    { ONNX__TENSOR_PROTO__DATA_TYPE__INT64, "I64", FIELD(int64_data), 8 },
    { ONNX__TENSOR_PROTO__DATA_TYPE__INT32, "I32", FIELD(int32_data), 4 },
};

static const struct type_row *find_type(int32_t type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == type)
            return &types[i];
    return NULL;
}

static rn_status read_shape(const char *path, const Onnx__TensorProto *tensor, rn_stored *stored,
                            uint64_t *bytes)
{
    int64_t count = 0;
    if (tensor->n_dims > RN_MAX_RANK)
        return rn_fail(RN_E_DATA, "%s: tensor \"%s\" has %zu dimensions, expected %d at most", path,
                       stored->name, tensor->n_dims, RN_MAX_RANK);
    stored->rank = (int32_t)tensor->n_dims;
    for (int32_t i = 0; i < stored->rank; i++) {
        stored->shape[i] = tensor->dims[i];
        if (tensor->dims[i] < 0)
            return rn_fail(RN_E_DATA, "%s: tensor \"%s\" has a dimension of %lld", path,
                           stored->name, (long long)tensor->dims[i]);
    }
    rn_status status = rn_stored_count(stored, path, &count);
    if (status)
        return status;
    rn_stored_pack(stored);
    if (__builtin_mul_overflow((uint64_t)count, stored->type->size, bytes))
        return rn_fail(RN_E_DATA, "%s: tensor \"%s\" is too large", path, stored->name);
    return RN_OK;
}

/* Halves, each of which is stored as an integer of four bytes. */
static rn_status narrow(rn_weights *weights, const int32_t *from, size_t count,
                        const uint8_t **data)
{
    uint16_t *halves = malloc(count * sizeof *halves + 1);
    if (!halves)
        return rn_weights_no_memory(weights);
    for (size_t i = 0; i < count; i++)
        halves[i] = (uint16_t)from[i];
    *data = (const uint8_t *)halves;
    return rn_weights_hold(weights, halves, free);
}

/* The data of a typed field. */
static rn_status read_field(rn_weights *weights, const char *path, const Onnx__TensorProto *tensor,
                            rn_stored *stored, uint64_t bytes)
{
    const struct type_row *row = find_type(tensor->data_type);
    size_t count = *(const size_t *)((const char *)tensor + row->count_offset);
    const void *data = *(void *const *)((const char *)tensor + row->data_offset);
    if (count != bytes / stored->type->size)
        return rn_fail(RN_E_DATA, "%s: tensor \"%s\" has %zu numbers, expected %llu", path,
                       stored->name, count, (unsigned long long)(bytes / stored->type->size));
    stored->data = data;
    return row->field_size == stored->type->size ? RN_OK
                                                 : narrow(weights, data, count, &stored->data);
}

rn_status rn_onnx_stored(rn_weights *weights, const char *path, const Onnx__TensorProto *tensor,
                         rn_onnx_file **files, rn_stored *stored)
{
    const struct type_row *row = find_type(tensor->data_type);
    uint64_t bytes = 0;
    *stored = (rn_stored){ .name = tensor->name ? tensor->name : "" };
    if (!row)
        return rn_fail(RN_E_DATA,
                       "%s: tensor \"%s\" is of ONNX's type %d; expected floats of 16, 32 or 64 "
                       "bits, or integers of 32 or 64",
                       path, stored->name, tensor->data_type);
    stored->type = rn_element_by_text(row->text);
    rn_status status = read_shape(path, tensor, stored, &bytes);
    if (status)
        return status;
    if (tensor->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL)
        return rn_onnx_external(weights, path, tensor, bytes, files, &stored->data);
    if (!tensor->has_raw_data)
        return read_field(weights, path, tensor, stored, bytes);
    if (tensor->raw_data.len != bytes)
        return rn_fail(RN_E_DATA, "%s: tensor \"%s\" has %zu bytes of data, expected %llu", path,
                       stored->name, tensor->raw_data.len, (unsigned long long)bytes);
    stored->data = tensor->raw_data.data;
    return RN_OK;
}
