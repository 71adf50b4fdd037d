/* trace_file_read.c: reading traces, which anybody may have written. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "compare/trace_file.h"
#include "compare/trace_file_parts.h"
#include "io/map.h"
#include "io/safetensors.h"
#include "io/safetensors_header.h"

#define CHUNK 262144 /* values that are copied at a time */

typedef struct entry {
    rn_traced tensor;
    double noise[RN_N_COMPARE_MODES];
    const rn_stored *stored; /* what the file has of it */
} entry;

struct rn_trace_reader {
    char *path;
    rn_safetensors *file; /* its table is sorted by name */
    rn_trace_header header;
    json_t *tensors;  /* what the metadata say of each; NULL: nothing */
    entry *entries;   /* n_entries, in the order of computation */
    int32_t *indices; /* of entries, in the order of their names in the file */
    int32_t n_entries;
    const rn_stored *images, *labels; /* NULL: none */
    float *drawn, *converted;         /* what rn_trace_sample has given */
    const rn_stored *shown;           /* the tensor whose memory it has given; NULL: none */
};

static rn_status no_memory(const char *path)
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

static rn_status fail_description(const rn_trace_reader *r, const entry *e, const char *what)
{
    return rn_fail(RN_E_DATA, "%s: metadata \"tensors\": \"%s\": %s", r->path, e->stored->name,
                   what);
}

/* The shape of the whole tensor, where the file has less of it. */
static rn_status read_shape(const rn_trace_reader *r, const json_t *about, entry *e)
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
static rn_status read_description(const rn_trace_reader *r, entry *e)
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

static rn_status read_entry(const rn_trace_reader *r, const rn_stored *stored, entry *e)
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
    const entry *x = a, *y = b;
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
        return no_memory(r->path);
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
        return no_memory(path);
    r->path = strdup(path);
    rn_status status = r->path ? read_all(r) : no_memory(path);
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

/* ---- What is in it ---- */

const rn_trace_header *rn_trace_header_of(const rn_trace_reader *r)
{
    return &r->header;
}

int32_t rn_trace_count(const rn_trace_reader *r)
{
    return r->n_entries;
}

const rn_traced *rn_trace_at(const rn_trace_reader *r, int32_t i, double noise[RN_N_COMPARE_MODES])
{
    if (noise)
        memcpy(noise, r->entries[i].noise, sizeof r->entries[i].noise);
    return &r->entries[i].tensor;
}

int32_t rn_trace_find(const rn_trace_reader *r, rn_traced_kind kind, const char *name)
{
    char *full = rn_trace_name(kind, name);
    const rn_stored *found = full ? rn_stored_find(&r->file->stored, full) : NULL;
    free(full);
    return found ? r->indices[found - r->file->stored.tensors] : -1;
}

/* ---- Values ---- */

static void forget(const rn_stored *stored)
{
    uint64_t bytes = 0;
    if (rn_stored_extent(stored, &bytes))
        rn_map_forget(stored->data, bytes);
}

/* Copies values that need no conversion, so that few of the file are in memory beside the copy. */
static void copy_plain(const rn_stored *stored, int64_t count, float *to)
{
    const float *from = (const float *)(const void *)stored->data;
    for (int64_t first = 0; first < count; first += CHUNK) {
        int64_t n = count - first < CHUNK ? count - first : CHUNK;
        memcpy(to + first, from + first, (size_t)n * sizeof *to);
        rn_map_forget(from + first, (uint64_t)n * sizeof *to);
    }
}

static rn_status read_values(const rn_trace_reader *r, const rn_stored *stored, int64_t count,
                             float *to)
{
    if (rn_stored_is_plain(stored)) {
        copy_plain(stored, count, to);
        return RN_OK;
    }
    rn_status status = rn_stored_read(stored, r->path, to);
    forget(stored);
    return status;
}

rn_status rn_trace_read(rn_trace_reader *r, int32_t i, float *values)
{
    const entry *e = &r->entries[i];
    if (r->header.detail != RN_TRACE_FULL)
        return rn_fail(RN_E_UNSUPPORTED, "%s: it has not all values of \"%s\"", r->path,
                       e->stored->name);
    return read_values(r, e->stored, e->tensor.count, values);
}

/* Room for `count` values in *at, which keeps no contents. NULL: no memory. */
static float *make_room(float **at, int64_t count)
{
    free(*at);
    *at = malloc((size_t)count * sizeof **at);
    return *at;
}

/* The numbers in the file: where they lie, if they need no conversion. */
static rn_status show(rn_trace_reader *r, const rn_stored *stored, int64_t count,
                      const float **values)
{
    if (r->shown)
        forget(r->shown);
    r->shown = stored;
    *values = (const float *)(const void *)stored->data;
    if (rn_stored_is_plain(stored))
        return RN_OK;
    *values = make_room(&r->converted, count);
    return *values ? read_values(r, stored, count, r->converted) : no_memory(r->path);
}

rn_status rn_trace_sample(rn_trace_reader *r, int32_t i, const float *whole, const float **values,
                          const float **of_trace, int64_t *count)
{
    const entry *e = &r->entries[i];
    *count = rn_trace_drawn(r->header.detail, e->tensor.count);
    rn_status status = show(r, e->stored, *count, of_trace);
    *values = whole;
    if (status || r->header.detail == RN_TRACE_FULL)
        return status;
    *values = make_room(&r->drawn, *count);
    if (!*values)
        return no_memory(r->path);
    rn_trace_draw(&r->header, whole, e->tensor.count, r->drawn);
    return RN_OK;
}

const int64_t *rn_trace_input_shape(const rn_trace_reader *r)
{
    return r->images ? r->images->shape : NULL;
}

rn_status rn_trace_read_input(rn_trace_reader *r, float *images, int32_t *labels)
{
    int64_t count = 0;
    const rn_stored *stored = r->labels;
    rn_status status = rn_stored_count(r->images, r->path, &count);
    if (!status)
        status = read_values(r, r->images, count, images);
    if (status)
        return status;
    if (!stored->type->convert)
        memcpy(labels, stored->data, (size_t)r->header.batch * sizeof *labels);
    else if (!stored->type->convert(stored->data, (uint64_t)r->header.batch, labels))
        return rn_fail(RN_E_DATA, "%s: a label does not fit into 32 bits", r->path);
    return RN_OK;
}
