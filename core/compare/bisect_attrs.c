/* bisect_attrs.c: fields by the tables of the forward operators; those of updates are here. */
#include "compare/bisect_attrs.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* Where 0 has a meaning, the least is 0. */
#define SGD(type, field, max) RN_FIELD(type, rn_sgd_attrs, field, 0, max, false)
#define CLIP(type, field, max) RN_FIELD(type, rn_clip_attrs, field, 0, max, false)
#define ADAM(type, field, max) RN_FIELD(type, rn_adam_attrs, field, 0, max, false)
#define LARS(type, field, max) RN_FIELD(type, rn_lars_attrs, field, 0, max, false)
#define RMSPROP(type, field, max) RN_FIELD(type, rn_rmsprop_attrs, field, 0, max, false)

static const rn_op_field sgd_fields[] = {
    SGD(I32, nesterov, 1), SGD(F64, momentum, 1), SGD(F64, weight_decay, 1e6), { 0 }
};
static const rn_op_field clip_fields[] = { CLIP(F64, limit, 1e300), { 0 } };
static const rn_op_field adam_fields[] = { ADAM(F64, beta1, 1),
                                           ADAM(F64, beta2, 1),
                                           ADAM(F64, epsilon, 1e6),
                                           ADAM(F64, weight_decay, 1e6),
                                           { 0 } };
static const rn_op_field lars_fields[] = { LARS(I32, nesterov, 1),       LARS(F64, momentum, 1),
                                           LARS(F64, weight_decay, 1e6), LARS(F64, trust, 1e6),
                                           LARS(F64, epsilon, 1e6),      { 0 } };
static const rn_op_field rmsprop_fields[] = { RMSPROP(F64, decay, 1),
                                              RMSPROP(F64, momentum, 1),
                                              RMSPROP(F64, epsilon, 1e6),
                                              RMSPROP(F64, weight_decay, 1e6),
                                              { 0 } };

static const struct {
    const char *op;
    const rn_op_field *fields;
} others[] = {
    { "sgd", sgd_fields },         { "clip_norm", clip_fields }, { "clip_value", clip_fields },
    { "adamw", adam_fields },      { "lamb", adam_fields },      { "lars", lars_fields },
    { "rmsprop", rmsprop_fields },
};

/* The operator whose attributes these are: that of a gradient, or of a merged form. */
static const rn_op *forward_of(const rn_op *op)
{
    char name[64];
    const char *end = strstr(op->name, "_grad");
    end = end ? end : strstr(op->name, "_fold");
    if (!end || (size_t)(end - op->name) >= sizeof name)
        return op;
    memcpy(name, op->name, (size_t)(end - op->name));
    name[end - op->name] = 0;
    return rn_op_find(name);
}

static const rn_op_field *fields_of(const rn_op *op)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(op->name, others[i].op) == 0)
            return others[i].fields;
    const rn_op *forward = forward_of(op);
    return forward && op->attrs_size ? forward->rule->fields : NULL;
}

static size_t element_bytes(const rn_op_field *field)
{
    return field->type == RN_FIELD_I32 ? sizeof(int32_t) : sizeof(int64_t);
}

/* ---- Writing ---- */

static json_t *element_json(const rn_op_field *field, const char *from)
{
    int32_t i32;
    int64_t i64;
    double f64;
    switch (field->type) {
        case RN_FIELD_I32: memcpy(&i32, from, sizeof i32); return json_integer(i32);
        case RN_FIELD_I64: memcpy(&i64, from, sizeof i64); return json_integer(i64);
        default: memcpy(&f64, from, sizeof f64); return json_real(f64);
    }
}

static json_t *field_json(const rn_op_field *field, const void *attrs)
{
    const char *from = (const char *)attrs + field->offset;
    size_t bytes = element_bytes(field), n = field->size / bytes;
    json_t *list = n > 1 ? json_array() : NULL;
    if (n == 1)
        return element_json(field, from);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, element_json(field, from + i * bytes));
    return list;
}

json_t *rn_attrs_json(const rn_op *op, const void *attrs)
{
    json_t *object = json_object();
    for (const rn_op_field *field = fields_of(op); field && field->name; field++)
        json_object_set_new(object, field->name, field_json(field, attrs));
    return object;
}

/* ---- Reading ---- */

/* What the core fills in has no range in the tables. */
static bool is_legal(const rn_op_field *field, double value)
{
    if (field->min == 0 && field->max == 0)
        return value >= 0 && value <= 1e15;
    return value >= field->min && value <= field->max;
}

static bool read_element(const rn_op_field *field, const json_t *json, char *to)
{
    double f64 = json_number_value(json);
    int64_t i64 = json_integer_value(json);
    int32_t i32 = (int32_t)i64;
    bool is_real = field->type == RN_FIELD_F64;
    if (!(is_real ? json_is_number(json) : json_is_integer(json)) || !is_legal(field, f64) ||
        (field->type == RN_FIELD_I32 && i32 != i64))
        return false;
    if (is_real)
        memcpy(to, &f64, sizeof f64);
    else if (field->type == RN_FIELD_I64)
        memcpy(to, &i64, sizeof i64);
    else
        memcpy(to, &i32, sizeof i32);
    return true;
}

static bool read_field(const rn_op_field *field, const json_t *json, char *attrs)
{
    size_t bytes = element_bytes(field), n = field->size / bytes;
    if (n > 1 && json_array_size(json) != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!read_element(field, n > 1 ? json_array_get(json, i) : json,
                          attrs + field->offset + i * bytes))
            return false;
    return true;
}

rn_status rn_attrs_read(const rn_op *op, const json_t *json, void **attrs)
{
    *attrs = NULL;
    if (!op->attrs_size)
        return RN_OK;
    *attrs = calloc(1, op->attrs_size);
    if (!*attrs)
        return rn_fail(RN_E_NOMEM, "no memory for the attributes of %s", op->name);
    memcpy(*attrs, &op->attrs_size, sizeof op->attrs_size);
    for (const rn_op_field *field = fields_of(op); field && field->name; field++)
        if (!read_field(field, json_object_get(json, field->name), *attrs))
            return rn_fail(RN_E_DATA,
                           "attribute \"%s\" of %s is missing, or not a value that it can have",
                           field->name, op->name);
    return RN_OK;
}
