/* onnx_reader.c: reads the part of protobuf's wire format that ONNX node tests use. */
#include "ops/onnx_reader.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* The unread rest of a message. */
typedef struct cursor {
    const uint8_t *at, *end;
    bool bad; /* once set, nothing more is read */
} cursor;

/* A field: a number (wire types 0, 1, 5) or bytes (wire type 2). */
typedef struct field {
    uint64_t number;
    bool is_bytes;
    uint64_t value;
    cursor bytes;
} field;

static uint64_t read_varint(cursor *c)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && c->at < c->end; shift += 7) {
        uint8_t byte = *c->at++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
    c->bad = true;
    return 0;
}

static uint64_t read_fixed(cursor *c, int bytes)
{
    uint64_t value = 0;
    if (c->end - c->at < bytes) {
        c->bad = true;
        return 0;
    }
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)*c->at++ << (8 * i);
    return value;
}

/* Reads the next field; false at the end, or if the bytes are invalid. */
static bool next(cursor *c, field *f)
{
    if (c->bad || c->at == c->end)
        return false;
    uint64_t key = read_varint(c);
    *f = (field){ .number = key >> 3 };
    switch (key & 7) {
        case 0: f->value = read_varint(c); break;
        case 1: f->value = read_fixed(c, 8); break;
        case 5: f->value = read_fixed(c, 4); break;
        case 2: {
            uint64_t length = read_varint(c);
            c->bad |= length > (uint64_t)(c->end - c->at);
            if (!c->bad) {
                f->is_bytes = true;
                f->bytes = (cursor){ c->at, c->at + length, false };
                c->at += length;
            }
            break;
        }
        default: c->bad = true;
    }
    return !c->bad;
}

static void copy_text(const field *f, char to[ONNX_NAME_MAX])
{
    size_t length = f->is_bytes ? (size_t)(f->bytes.end - f->bytes.at) : 0;
    length = length < ONNX_NAME_MAX ? length : ONNX_NAME_MAX - 1;
    if (length > 0)
        memcpy(to, f->bytes.at, length);
    to[length] = 0;
}

/* Appends a repeated integer field, packed or not. False if there is no capacity. */
static bool append_integers(field *f, int64_t *to, int32_t *count, int32_t capacity)
{
    do {
        if (*count == capacity)
            return false;
        to[(*count)++] = (int64_t)(f->is_bytes ? read_varint(&f->bytes) : f->value);
    } while (f->is_bytes && f->bytes.at < f->bytes.end && !f->bytes.bad);
    return !f->bytes.bad;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Reads the elements, which are little-endian. */
static bool read_elements(onnx_tensor *tensor, cursor raw)
{
    int width = tensor->type == ONNX_FLOAT ? 4 : 8;
    if (tensor->type != ONNX_FLOAT && tensor->type != ONNX_INT64)
        return true;
    if ((raw.end - raw.at) / width != tensor->count || (raw.end - raw.at) % width)
        return false;
    size_t capacity = (size_t)tensor->count + 1;
    tensor->floats = width == 4 ? calloc(capacity, sizeof *tensor->floats) : NULL;
    tensor->integers = width == 8 ? calloc(capacity, sizeof *tensor->integers) : NULL;
    if (!tensor->floats && !tensor->integers)
        return false;
    for (int64_t i = 0; i < tensor->count; i++) {
        uint64_t bits = read_fixed(&raw, width);
        if (width == 4)
            tensor->floats[i] = float_of((uint32_t)bits);
        else
            tensor->integers[i] = (int64_t)bits;
    }
    return true;
}

static bool count_elements(onnx_tensor *tensor)
{
    tensor->count = 1;
    for (int32_t i = 0; i < tensor->rank; i++) {
        if (tensor->shape[i] < 0 || tensor->shape[i] > INT32_MAX || tensor->count > INT32_MAX)
            return false;
        tensor->count *= tensor->shape[i];
    }
    return true;
}

static bool parse_tensor(cursor c, onnx_tensor *tensor)
{
    field f;
    cursor raw = { NULL, NULL, false };
    while (next(&c, &f)) {
        switch (f.number) {
            case 1: c.bad |= !append_integers(&f, tensor->shape, &tensor->rank, 8); break;
            case 2: tensor->type = (int64_t)f.value; break;
            case 8: copy_text(&f, tensor->name); break;
            case 9: raw = f.bytes; break;
            default: break;
        }
    }
    return !c.bad && tensor->type > 0 && count_elements(tensor) && read_elements(tensor, raw);
}

static bool parse_attribute(cursor c, onnx_attribute *attribute)
{
    field f;
    while (next(&c, &f)) {
        switch (f.number) {
            case 1: copy_text(&f, attribute->name); break;
            case 2: attribute->number = (double)float_of((uint32_t)f.value); break;
            case 3: attribute->number = (double)(int64_t)f.value; break;
            case 4: copy_text(&f, attribute->text); break;
            case 8:
                c.bad |=
                    !append_integers(&f, attribute->integers, &attribute->n_integers, ONNX_MAX);
                break;
            default: break;
        }
    }
    return !c.bad;
}

static bool parse_node(cursor c, onnx_model *model)
{
    field f;
    while (next(&c, &f)) {
        if (f.number == 1 && model->n_inputs < ONNX_MAX) {
            copy_text(&f, model->inputs[model->n_inputs++]);
        } else if (f.number == 2) {
            model->n_outputs++;
        } else if (f.number == 4) {
            copy_text(&f, model->op);
        } else if (f.number == 5) {
            c.bad |= model->n_attributes == ONNX_MAX || !f.is_bytes ||
                     !parse_attribute(f.bytes, &model->attributes[model->n_attributes++]);
        } else {
            c.bad |= f.number == 1;
        }
    }
    return !c.bad;
}

static bool parse_graph(cursor c, onnx_model *model)
{
    field f;
    while (next(&c, &f)) {
        if (f.number == 1 && f.is_bytes && model->n_nodes++ == 0) {
            c.bad |= !parse_node(f.bytes, model);
        } else if (f.number == 5) {
            c.bad |= model->n_initializers == ONNX_MAX || !f.is_bytes ||
                     !parse_tensor(f.bytes, &model->initializers[model->n_initializers++]);
        }
    }
    return !c.bad;
}

rn_status onnx_tensor_parse(const uint8_t *bytes, uint64_t size_bytes, onnx_tensor *tensor)
{
    *tensor = (onnx_tensor){ .rank = 0 };
    if (parse_tensor((cursor){ bytes, bytes + size_bytes, false }, tensor))
        return RN_OK;
    onnx_tensor_clear(tensor);
    return rn_fail(RN_E_DATA, "not an ONNX tensor with raw data");
}

rn_status onnx_model_parse(const uint8_t *bytes, uint64_t size_bytes, onnx_model *model)
{
    cursor c = { bytes, bytes + size_bytes, false };
    field f;
    memset(model, 0, sizeof *model);
    while (next(&c, &f))
        if (f.number == 7 && f.is_bytes)
            c.bad |= !parse_graph(f.bytes, model);
    if (!c.bad && model->n_nodes > 0)
        return RN_OK;
    onnx_model_clear(model);
    return rn_fail(RN_E_DATA, "not an ONNX model with at most %d of everything", ONNX_MAX);
}

void onnx_tensor_clear(onnx_tensor *tensor)
{
    free(tensor->floats);
    free(tensor->integers);
    *tensor = (onnx_tensor){ .rank = 0 };
}

void onnx_model_clear(onnx_model *model)
{
    for (int i = 0; i < ONNX_MAX; i++)
        onnx_tensor_clear(&model->initializers[i]);
    memset(model, 0, sizeof *model);
}

const onnx_attribute *onnx_model_attribute(const onnx_model *model, const char *name)
{
    for (int32_t i = 0; i < model->n_attributes; i++)
        if (!strcmp(model->attributes[i].name, name))
            return &model->attributes[i];
    return NULL;
}
