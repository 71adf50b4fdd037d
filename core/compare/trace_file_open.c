/* trace_file_open.c: opening traces, which anybody may have written. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "compare/trace_file.h"
#include "compare/trace_file_parts.h"
#include "io/safetensors_header.h"

rn_status rn_trace_no_memory(const char *path)
{
    return rn_fail(RN_E_NOMEM, "%s: not enough memory to read it", path);
}

/* ---- Metadata ---- */

static rn_status read_number(const rn_trace_reader *r, const char *key, const char *text,
                             int64_t *number)
{
    char *end = NULL;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || value < 0 || value == INT64_MAX)
        return rn_fail(RN_E_DATA, "%s: metadata \"%s\" is \"%s\", expected a number of 0 or more",
                       r->path, key, text);
    *number = value;
    return RN_OK;
}

static rn_status read_field(rn_trace_reader *r, const rn_trace_field *field)
{
    const char *text = rn_safetensors_metadata(r->file, field->key);
    if (!text && field->is_required)
        return rn_fail(RN_E_DATA, "%s: no metadata \"%s\", which a trace has", r->path, field->key);
    if (field->is_number)
        return text ? read_number(r, field->key, text, rn_trace_field_of(&r->header, field))
                    : RN_OK;
    *(const char **)rn_trace_field_of(&r->header, field) = text ? text : "";
    return RN_OK;
}

static rn_status read_detail(rn_trace_reader *r)
{
    const char *text = rn_safetensors_metadata(r->file, "detail");
    r->header.detail = RN_TRACE_FULL;
    for (const rn_word *word = rn_trace_details; text && word->text; word++)
        if (strcmp(word->text, text) == 0) {
            r->header.detail = (rn_trace_detail)word->value;
            return RN_OK;
        }
    return text ? rn_fail(RN_E_DATA,
                          "%s: metadata \"detail\" is \"%s\", expected full, sample or statistics",
                          r->path, text)
                : RN_OK;
}

static rn_status read_header(rn_trace_reader *r)
{
    const char *format = rn_safetensors_metadata(r->file, "format");
    if (!format || strcmp(format, RN_TRACE_FORMAT) != 0)
        return rn_fail(RN_E_DATA, "%s: not a trace: metadata \"format\" is \"%s\", expected \"%s\"",
                       r->path, format ? format : "", RN_TRACE_FORMAT);
    rn_status status = read_detail(r);
    for (const rn_trace_field *f = rn_trace_fields; f->key && !status; f++)
        status = read_field(r, f);
    if (status)
        return status;
    const char *phase = r->header.phase;
    if (strcmp(phase, RN_TRACE_INFER) != 0 && strcmp(phase, RN_TRACE_STEP) != 0)
        return rn_fail(RN_E_DATA,
                       "%s: metadata \"phase\" is \"%s\", expected " RN_TRACE_INFER
                       " or " RN_TRACE_STEP,
                       r->path, phase);
    if (!r->header.steps)
        r->header.steps = 1;
    if (!*r->header.precision)
        r->header.precision = "fp32";
    if (r->header.batch < 1)
        return rn_fail(RN_E_DATA, "%s: metadata \"batch\" is 0, expected 1 or more", r->path);
    return RN_OK;
}

/* The metadata "tensors": a JSON object within a string. */
static rn_status read_descriptions(rn_trace_reader *r)
{
    json_error_t error;
    const char *text = rn_safetensors_metadata(r->file, "tensors");
    if (!text)
        return RN_OK;
    r->tensors = rn_json_read(text, strlen(text), JSON_REJECT_DUPLICATES, &error);
    if (!r->tensors)
        return rn_fail(RN_E_DATA, "%s: metadata \"tensors\", byte %d: %s", r->path, error.position,
                       error.text);
    if (!json_is_object(r->tensors))
        return rn_fail(RN_E_DATA, "%s: metadata \"tensors\" is no JSON object", r->path);
    return RN_OK;
}

/* ---- Tensors ---- */

static bool split_name(const char *full, rn_traced *tensor)
{
    static const rn_traced_kind kinds[] = { RN_TRACED_GRADIENT, RN_TRACED_AFTER, RN_TRACED_MASK };
    tensor->kind = RN_TRACED_FORWARD;
    tensor->name = full;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *prefix = rn_traced_prefix(kinds[i]);
        size_t length = strlen(prefix);
        if (strncmp(full, prefix, length) == 0) {
            tensor->kind = kinds[i];
            tensor->name = full + length;
        }
    }
    return *tensor->name != 0;
}

static rn_status fail_description(const rn_trace_reader *r, const rn_trace_entry *e,
                                  const char *what)
{
    return rn_fail(RN_E_DATA, "%s: metadata \"tensors\": \"%s\": %s", r->path, e->stored->name,
                   what);
}

/* The shape of the whole tensor, where the file has less of it. */
static rn_status read_shape(const rn_trace_reader *r, const json_t *about, rn_trace_entry *e)
{
    const json_t *shape = json_object_get(about, "shape");
    size_t rank = json_array_size(shape);
    if (!json_is_array(shape) || rank > RN_MAX_RANK)
        return fail_description(r, e, "expected \"shape\", a list of up to 8 lengths");
    e->tensor.rank = (int32_t)rank;
    for (size_t i = 0; i < rank; i++) {
        e->tensor.shape[i] = json_integer_value(json_array_get(shape, i));
        if (e->tensor.shape[i] < 1)
            return fail_description(r, e, "\"shape\" is no list of positive lengths");
    }
    return RN_OK;
}

/* Sets *text to that of a key; "" where there is none. */
static bool read_text(const json_t *about, const char *key, const char **text)
{
    const json_t *value = json_object_get(about, key);
    *text = value ? json_string_value(value) : "";
    return *text;
}

static bool read_count(const json_t *about, const char *key, int64_t unknown, int64_t *count)
{
    const json_t *value = json_object_get(about, key);
    *count = value ? json_integer_value(value) : unknown;
    return !value || rn_st_is_count(value);
}

/* A list of a number, or null, for each mode. */
static bool read_noise(const json_t *about, double noise[RN_N_COMPARE_MODES])
{
    const json_t *list = json_object_get(about, "noise");
    bool right = !list || json_array_size(list) == RN_N_COMPARE_MODES;
    for (size_t mode = 0; mode < RN_N_COMPARE_MODES; mode++) {
        const json_t *value = json_array_get(list, mode);
        noise[mode] = json_is_number(value) ? json_number_value(value) : (double)NAN;
        right = right && (!value || json_is_number(value) || json_is_null(value));
    }
    return right;
}

/* Sets what "tensors" says of an entry; what it leaves out is unknown. */
static rn_status read_description(const rn_trace_reader *r, rn_trace_entry *e)
{
    const json_t *about = json_object_get(r->tensors, e->stored->name);
    if (about && !json_is_object(about))
        return fail_description(r, e, "expected a JSON object");
    if (!read_text(about, "op", &e->tensor.op) || !read_text(about, "layer", &e->tensor.layer))
        return fail_description(r, e, "expected \"op\" and \"layer\" as strings");
    if (!read_count(about, "index", INT64_MAX, &e->tensor.index) ||
        !read_count(about, "sum_length", 0, &e->tensor.sum_length))
        return fail_description(r, e, "expected \"index\" and \"sum_length\" as integers from 0");
    if (!read_noise(about, e->noise))
        return fail_description(r, e, "expected \"noise\" as a list of two numbers or nulls");
    if (r->header.detail != RN_TRACE_FULL)
        return read_shape(r, about, e);
    e->tensor.rank = e->stored->rank;
    memcpy(e->tensor.shape, e->stored->shape, sizeof e->tensor.shape);
    return RN_OK;
}

static rn_status read_entry(const rn_trace_reader *r, const rn_stored *stored, rn_trace_entry *e)
{
    int64_t n = 0;
    e->stored = stored;
    if (!split_name(stored->name, &e->tensor))
        return rn_fail(RN_E_DATA, "%s: a tensor is named \"%s\"", r->path, stored->name);
    if (stored->type->dtype != RN_F32)
        return rn_fail(RN_E_DATA, "%s: tensor \"%s\" has numbers of type %s, expected floats",
                       r->path, stored->name, stored->type->text);
    rn_status status = read_description(r, e);
    if (status)
        return status;
    rn_stored whole = *stored;
    whole.rank = e->tensor.rank;
    memcpy(whole.shape, e->tensor.shape, sizeof whole.shape);
    status = rn_stored_count(&whole, r->path, &e->tensor.count);
    if (!status)
        status = rn_stored_count(stored, r->path, &n);
    if (status)
        return status;
    int64_t expected = rn_trace_drawn(r->header.detail, e->tensor.count);
    if (e->tensor.count < 1 || n != expected)
        return rn_fail(RN_E_DATA,
                       "%s: tensor \"%s\" has %" PRId64 " numbers, expected %" PRId64
                       " by its shape and the detail of the trace",
                       r->path, stored->name, n, expected < 1 ? 1 : expected);
    return RN_OK;
}

/* By the index; those without one after the others, as they lie in the file. */
static int by_place(const void *a, const void *b)
{
    const rn_trace_entry *x = a, *y = b;
    if (x->tensor.index != y->tensor.index)
        return x->tensor.index < y->tensor.index ? -1 : 1;
    return x->stored->data < y->stored->data ? -1 : x->stored->data > y->stored->data;
}

/* Puts the entries in the order of computation, and remembers where each tensor went. */
static rn_status sort_entries(rn_trace_reader *r)
{
    qsort(r->entries, (size_t)r->n_entries, sizeof *r->entries, by_place);
    for (int32_t i = 0; i < r->n_entries; i++) {
        r->entries[i].tensor.index = i;
        r->indices[r->entries[i].stored - r->file->stored.tensors] = i;
    }
    return RN_OK;
}

static rn_status read_entries(rn_trace_reader *r)
{
    const rn_stored_table *table = &r->file->stored;
    if (table->count > INT32_MAX)
        return rn_fail(RN_E_DATA, "%s: %" PRId64 " tensors", r->path, table->count);
    r->entries = calloc((size_t)table->count + 1, sizeof *r->entries);
    r->indices = malloc(((size_t)table->count + 1) * sizeof *r->indices);
    if (!r->entries || !r->indices)
        return rn_trace_no_memory(r->path);
    for (int64_t i = 0; i < table->count; i++) {
        const rn_stored *stored = &table->tensors[i];
        r->indices[i] = -1;
        if (strcmp(stored->name, RN_TRACE_IMAGES) == 0)
            r->images = stored;
        else if (strcmp(stored->name, RN_TRACE_LABELS) == 0)
            r->labels = stored;
        else {
            rn_status status = read_entry(r, stored, &r->entries[r->n_entries++]);
            if (status)
                return status;
        }
    }
    return sort_entries(r);
}

/* Images and labels are both there, for the whole batch, or neither is. */
static rn_status check_input(const rn_trace_reader *r)
{
    const rn_stored *images = r->images, *labels = r->labels;
    int64_t batch = r->header.batch;
    if (!images && !labels)
        return RN_OK;
    if (!images || images->type->dtype != RN_F32 || images->rank != 4 || images->shape[0] != batch)
        return rn_fail(RN_E_DATA,
                       "%s: expected \"" RN_TRACE_IMAGES "\", floats of shape (%" PRId64
                       ", channels, height, width)",
                       r->path, batch);
    if (!labels || labels->type->dtype != RN_I32 || labels->rank != 1 || labels->shape[0] != batch)
        return rn_fail(RN_E_DATA,
                       "%s: expected \"" RN_TRACE_LABELS "\", integers of shape (%" PRId64 ")",
                       r->path, batch);
    return RN_OK;
}

/* ---- Opening ---- */

static rn_status read_all(rn_trace_reader *r)
{
    rn_status status = rn_safetensors_open(r->path, &r->file);
    if (!status)
        status = read_header(r);
    if (!status)
        status = read_descriptions(r);
    if (!status)
        status = read_entries(r);
    return status ? status : check_input(r);
}

rn_status rn_trace_open(const char *path, rn_trace_reader **out)
{
    rn_trace_reader *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r)
        return rn_trace_no_memory(path);
    r->path = strdup(path);
    rn_status status = r->path ? read_all(r) : rn_trace_no_memory(path);
    if (!status)
        *out = r;
    else
        rn_trace_reader_destroy(r);
    return status;
}

void rn_trace_reader_destroy(rn_trace_reader *r)
{
    if (!r)
        return;
    json_decref(r->tensors);
    rn_safetensors_destroy(r->file);
    free(r->entries);
    free(r->indices);
    free(r->drawn);
    free(r->converted);
    free(r->path);
    free(r);
}
