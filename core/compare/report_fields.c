/* report_fields.c: the tables of fields. */
#include "compare/report_fields.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "report/csv.h"

/* clang-format off */
#define NUMBER(type, name) { #name, RN_FIELD_NUMBER, offsetof(type, name) }
#define ERROR(type, name) { #name, RN_FIELD_ERROR, offsetof(type, name) }
#define INTEGER(type, name) { #name, RN_FIELD_INTEGER, offsetof(type, name) }
#define SMALL(type, name) { #name, RN_FIELD_SMALL, offsetof(type, name) }
#define TEXT(type, name) { #name, RN_FIELD_TEXT, offsetof(type, name) }
/* clang-format on */

const rn_field rn_comparison_fields[] = {
    TEXT(rn_comparison, weights_hash),
    TEXT(rn_comparison, input_hash),
    TEXT(rn_comparison, cfg_hash),
    TEXT(rn_comparison, machine),
    TEXT(rn_comparison, command),
    INTEGER(rn_comparison, seed),
    INTEGER(rn_comparison, batch),
    INTEGER(rn_comparison, repeats),
    { 0 },
};

const rn_field rn_compare_side_fields[] = {
    TEXT(rn_compare_side, label),
    TEXT(rn_compare_side, sentence),
    NUMBER(rn_compare_side, top1_agreement),
    NUMBER(rn_compare_side, top5_agreement),
    { 0 },
};

const rn_field rn_speed_fields[] = {
    INTEGER(rn_speed, n_steps),
#define SPEED_FIELD(field, meaning) NUMBER(rn_speed, field),
    RN_SPEED_FIELDS(SPEED_FIELD)
#undef SPEED_FIELD
    { 0 },
};

const rn_field rn_traced_fields[] = {
    TEXT(rn_traced, name),
    TEXT(rn_traced, op),
    TEXT(rn_traced, layer),
    INTEGER(rn_traced, count),
    INTEGER(rn_traced, sum_length),
    INTEGER(rn_traced, index),
    { 0 },
};

const rn_field rn_measures_fields[] = {
    INTEGER(rn_measures, count),
    NUMBER(rn_measures, rms),
    ERROR(rn_measures, max_abs),
    ERROR(rn_measures, max_relative),
    ERROR(rn_measures, rms_difference),
    ERROR(rn_measures, nmse),
    NUMBER(rn_measures, cosine),
    ERROR(rn_measures, ulp_median),
    ERROR(rn_measures, ulp_p99),
    ERROR(rn_measures, ulp_max),
    INTEGER(rn_measures, n_differing),
    INTEGER(rn_measures, n_nonfinite_reference),
    INTEGER(rn_measures, n_nonfinite),
    INTEGER(rn_measures, worst),
    ERROR(rn_measures, median_abs),
    NUMBER(rn_measures, share_far),
    SMALL(rn_measures, stored_bits),
    NUMBER(rn_measures, rounding_bits),
    { 0 },
};

const char *const rn_compare_mode_words[RN_N_COMPARE_MODES] = {
    [RN_COMPARE_CHAINED] = "chained",
    [RN_COMPARE_ISOLATED] = "isolated",
};

const char *const rn_traced_kind_words[] = {
    [RN_TRACED_FORWARD] = "forward",
    [RN_TRACED_GRADIENT] = "gradient",
    [RN_TRACED_AFTER] = "after",
    [RN_TRACED_MASK] = "mask",
};

/* ---- A field of a struct ---- */

static double number_of(const rn_field *field, const void *from)
{
    double value;
    memcpy(&value, (const char *)from + field->offset, sizeof value);
    return value;
}

static int64_t integer_of(const rn_field *field, const void *from)
{
    int64_t value;
    int32_t small;
    if (field->type == RN_FIELD_SMALL) {
        memcpy(&small, (const char *)from + field->offset, sizeof small);
        return small;
    }
    memcpy(&value, (const char *)from + field->offset, sizeof value);
    return value;
}

static const char *text_of(const rn_field *field, const void *from)
{
    const char *value;
    memcpy(&value, (const char *)from + field->offset, sizeof value);
    return value;
}

/* ---- Writing ---- */

static json_t *field_json(const rn_field *field, const void *from)
{
    switch (field->type) {
        case RN_FIELD_SMALL:
        case RN_FIELD_INTEGER: return json_integer(integer_of(field, from));
        case RN_FIELD_TEXT: return rn_json_text(text_of(field, from));
        default: return rn_json_number(number_of(field, from));
    }
}

void rn_fields_json(json_t *to, const rn_field *field, const void *from)
{
    for (; field->name; field++)
        rn_json_set(to, field->name, field_json(field, from));
}

void rn_fields_csv_names(FILE *out, const rn_field *field)
{
    for (; field->name; field++) {
        fputc(',', out);
        fputs(field->name, out);
    }
}

static void print_csv(FILE *out, const rn_field *field, const void *from)
{
    if (field->type == RN_FIELD_INTEGER || field->type == RN_FIELD_SMALL)
        fprintf(out, "%" PRId64, integer_of(field, from));
    else if (field->type == RN_FIELD_TEXT)
        rn_csv_text(out, text_of(field, from) ? text_of(field, from) : "");
    else
        rn_csv_number(out, number_of(field, from));
}

void rn_fields_csv(FILE *out, const rn_field *field, const void *from)
{
    for (; field->name; field++) {
        fputc(',', out);
        print_csv(out, field, from);
    }
}

/* ---- Reading ---- */

static bool accepts(const rn_field *field, const json_t *value)
{
    switch (field->type) {
        case RN_FIELD_INTEGER: return json_is_integer(value);
        case RN_FIELD_SMALL:
            return json_is_integer(value) && llabs(json_integer_value(value)) <= INT32_MAX;
        case RN_FIELD_TEXT: return json_is_string(value) || json_is_null(value);
        default: return json_is_number(value) || json_is_null(value);
    }
}

static const char *expected(const rn_field *field)
{
    switch (field->type) {
        case RN_FIELD_SMALL:
        case RN_FIELD_INTEGER: return "an integer";
        case RN_FIELD_TEXT: return "a string or null";
        default: return "a number or null";
    }
}

static rn_status take_text(const rn_field *field, const json_t *value, void *to)
{
    char *text = json_is_string(value) ? strdup(json_string_value(value)) : NULL;
    if (json_is_string(value) && !text)
        return rn_fail(RN_E_NOMEM, "no memory for a comparison");
    memcpy((char *)to + field->offset, &text, sizeof text);
    return RN_OK;
}

static void take_integer(const rn_field *field, int64_t value, void *to)
{
    int32_t small = (int32_t)value;
    if (field->type == RN_FIELD_SMALL)
        memcpy((char *)to + field->offset, &small, sizeof small);
    else
        memcpy((char *)to + field->offset, &value, sizeof value);
}

static rn_status take(const rn_field *field, const json_t *value, void *to)
{
    if (field->type == RN_FIELD_TEXT)
        return take_text(field, value, to);
    if (field->type == RN_FIELD_INTEGER || field->type == RN_FIELD_SMALL) {
        take_integer(field, json_integer_value(value), to);
        return RN_OK;
    }
    double number = json_is_number(value)           ? json_number_value(value)
                    : field->type == RN_FIELD_ERROR ? HUGE_VAL
                                                    : NAN;
    memcpy((char *)to + field->offset, &number, sizeof number);
    return RN_OK;
}

rn_status rn_fields_read(const json_t *from, const rn_field *field, const char *where, void *to)
{
    for (; field->name; field++) {
        const json_t *value = json_object_get(from, field->name);
        if (!value || !accepts(field, value))
            return rn_fail(RN_E_DATA, "%s: \"%s\" is %s; expected %s", where, field->name,
                           value ? "of another type" : "missing", expected(field));
        rn_status status = take(field, value, to);
        if (status)
            return status;
    }
    return RN_OK;
}
