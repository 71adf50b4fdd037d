/* op_attrs.c: checks what was put into an operator's attributes against its table of fields. */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"

static const size_t element_bytes[] = { [RN_FIELD_I32] = sizeof(int32_t),
                                        [RN_FIELD_I64] = sizeof(int64_t),
                                        [RN_FIELD_F64] = sizeof(double) };

static double read_element(const rn_op_field *field, const void *attrs, size_t i)
{
    const char *from = (const char *)attrs + field->offset + i * element_bytes[field->type];
    int32_t i32;
    int64_t i64;
    double f64;
    switch (field->type) {
        case RN_FIELD_I32: memcpy(&i32, from, sizeof i32); return i32;
        case RN_FIELD_I64: memcpy(&i64, from, sizeof i64); return (double)i64;
        default: memcpy(&f64, from, sizeof f64); return f64;
    }
}

/* Not a number is in no range. */
static bool is_legal(const rn_op_field *field, double value)
{
    return (value >= field->min && value <= field->max) || (field->has_default && value == 0);
}

static rn_status refuse(const rn_op *op, const rn_op_field *field, const char *axis, double value)
{
    if (field->min == 0 && field->max == 0)
        return rn_fail(RN_E_CONFIG, "%s: %s is %.15g, expected 0: only the core sets it", op->name,
                       field->name, value);
    return rn_fail(RN_E_CONFIG, "%s: %s%s is %.15g, expected %.10g to %.10g%s", op->name,
                   field->name, axis, value, field->min, field->max,
                   field->has_default ? ", or 0 for the default" : "");
}

rn_status rn_op_check_attrs(const rn_op *op, const void *attrs)
{
    static const char *const axes[] = { " height", " width" };
    for (const rn_op_field *field = op->rule->fields; field && field->name; field++) {
        size_t n = field->size / element_bytes[field->type];
        for (size_t i = 0; i < n; i++) {
            double value = read_element(field, attrs, i);
            if (!is_legal(field, value))
                return refuse(op, field, n > 1 ? axes[i] : "", value);
        }
    }
    return RN_OK;
}
