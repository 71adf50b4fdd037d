/* safetensors_read.c: reading safetensors files. Nothing in the file is trusted. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "io/file.h"
#include "io/map.h"
#include "io/safetensors.h"
#include "io/safetensors_types.h"

/* The reference implementation's limit; a header takes about 100 bytes per tensor. */
#define MAX_HEADER_BYTES 100000000u

/* The memory that the tensors and the metadata point into. */
struct storage {
    json_t *header;
    uint8_t *file; /* one of these two has the file */
    rn_map map;
    void **converted;                /* n_tensors; NULL if the tensor's data is in the file */
    const rn_named_tensor **by_name; /* n_tensors, for rn_safetensors_find */
};

/* A tensor's entry in the header. */
struct entry {
    const char *name;
    const rn_st_type *type;
    json_t *shape;
    uint64_t begin, end; /* offsets in the data */
};

static rn_status read_header(const char *path, const uint8_t *file, uint64_t size, json_t **header,
                             uint64_t *data_offset)
{
    uint64_t length = 0;
    json_error_t error;
    if (size < 8)
        return rn_fail(RN_E_DATA,
                       "%s: not a safetensors file: %" PRIu64 " bytes, expected at least 8", path,
                       size);
    for (int i = 7; i >= 0; i--)
        length = length << 8 | file[i];
    if (length > MAX_HEADER_BYTES || length > size - 8)
        return rn_fail(RN_E_DATA,
                       "%s: truncated or not a safetensors file: it announces a header of %" PRIu64
                       " bytes, and %" PRIu64 " bytes follow",
                       path, length, size - 8);
    *header = json_loadb((const char *)file + 8, (size_t)length, JSON_REJECT_DUPLICATES, &error);
    if (!*header)
        return rn_fail(RN_E_DATA, "%s: header, byte %d: %s", path, error.position, error.text);
    if (!json_is_object(*header))
        return rn_fail(RN_E_DATA, "%s: the header is a JSON array, expected an object", path);
    *data_offset = 8 + length;
    return RN_OK;
}

static rn_status read_metadata(const char *path, const json_t *header, rn_safetensors *out)
{
    json_t *metadata = json_object_get(header, "__metadata__");
    const char *key;
    json_t *value;
    if (!metadata)
        return RN_OK;
    if (!json_is_object(metadata))
        return rn_fail(RN_E_DATA, "%s: \"__metadata__\" is not an object of strings", path);
    out->metadata = calloc(2 * json_object_size(metadata) + 1, sizeof *out->metadata);
    if (!out->metadata)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory", path);
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value))
            return rn_fail(RN_E_DATA, "%s: \"__metadata__\": \"%s\" is not a string", path, key);
        out->metadata[out->n_metadata++] = (char *)(uintptr_t)key;
        out->metadata[out->n_metadata++] = (char *)(uintptr_t)json_string_value(value);
    }
    return RN_OK;
}

static bool is_count(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

/* Names appear in messages on a terminal. */
static bool is_printable(const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name < 0x20 || *name == 0x7f)
            return false;
    return true;
}

static rn_status read_entry(const char *path, const char *name, const json_t *value,
                            struct entry *entry)
{
    if (!is_printable(name))
        return rn_fail(RN_E_DATA, "%s: the name of a tensor contains control characters", path);
    const json_t *type = json_object_get(value, "dtype");
    const json_t *offsets = json_object_get(value, "data_offsets");
    entry->name = name;
    entry->shape = json_object_get(value, "shape");
    if (!json_is_string(type) || !json_is_array(entry->shape) || !json_is_array(offsets) ||
        json_array_size(offsets) != 2)
        return rn_fail(RN_E_DATA,
                       "%s: \"%s\": expected an object with dtype, shape and two data_offsets",
                       path, name);
    entry->type = rn_st_type_by_text(json_string_value(type));
    if (!entry->type)
        return rn_fail(RN_E_DATA, "%s: \"%s\": elements of type \"%s\"; expected %s", path, name,
                       json_string_value(type), RN_ST_TYPE_LIST);
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (!is_count(begin) || !is_count(end) || json_integer_value(begin) > json_integer_value(end))
        return rn_fail(RN_E_DATA, "%s: \"%s\": data_offsets are not two increasing numbers", path,
                       name);
    entry->begin = (uint64_t)json_integer_value(begin);
    entry->end = (uint64_t)json_integer_value(end);
    return RN_OK;
}

static rn_status read_shape(const char *path, const struct entry *entry, rn_named_tensor *tensor)
{
    size_t rank = json_array_size(entry->shape);
    uint64_t bytes = entry->type->size;
    bool fits = true;
    if (rank > RN_MAX_RANK)
        return rn_fail(RN_E_DATA, "%s: \"%s\": %zu dimensions, expected at most %d", path,
                       entry->name, rank, RN_MAX_RANK);
    tensor->rank = (int32_t)rank;
    for (size_t i = 0; i < rank; i++) {
        const json_t *length = json_array_get(entry->shape, i);
        if (!is_count(length))
            return rn_fail(RN_E_DATA, "%s: \"%s\": dimension %zu of the shape is not a length",
                           path, entry->name, i);
        tensor->shape[i] = json_integer_value(length);
        if (__builtin_mul_overflow(bytes, (uint64_t)tensor->shape[i], &bytes))
            fits = false;
    }
    if (!fits || bytes != entry->end - entry->begin)
        return rn_fail(RN_E_DATA,
                       "%s: \"%s\": %" PRIu64 " bytes of data do not match its shape and dtype %s",
                       path, entry->name, entry->end - entry->begin, entry->type->text);
    return RN_OK;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* The tensors must cover the data without overlap or gap: the reference implementation's rule. */
static rn_status check_cover(const char *path, const struct entry *entries, int64_t n,
                             uint64_t data_bytes)
{
    uint64_t at = 0;
    for (int64_t i = 0; i < n; i++) {
        if (entries[i].end > data_bytes)
            return rn_fail(RN_E_DATA,
                           "%s: truncated: \"%s\" ends at byte %" PRIu64
                           " of the data, which has %" PRIu64,
                           path, entries[i].name, entries[i].end, data_bytes);
        if (entries[i].begin != at)
            return rn_fail(RN_E_DATA,
                           "%s: \"%s\" begins at byte %" PRIu64 " of the data, expected %" PRIu64
                           " (tensors overlap or leave a gap)",
                           path, entries[i].name, entries[i].begin, at);
        at = entries[i].end;
    }
    if (at != data_bytes)
        return rn_fail(RN_E_DATA,
                       "%s: too long: %" PRIu64 " bytes of data, the tensors take %" PRIu64, path,
                       data_bytes, at);
    return RN_OK;
}

static rn_status read_entries(const char *path, json_t *header, struct entry *entries, int64_t *n)
{
    const char *name;
    json_t *value;
    json_object_foreach(header, name, value)
    {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        rn_status status = read_entry(path, name, value, &entries[*n]);
        if (status)
            return status;
        ++*n;
    }
    qsort(entries, (size_t)*n, sizeof *entries, compare_entries);
    return RN_OK;
}

static rn_status read_tensor(const char *path, const struct entry *entry, const uint8_t *data,
                             rn_named_tensor *tensor, void **converted)
{
    const rn_st_type *type = entry->type;
    rn_status status = read_shape(path, entry, tensor);
    if (status)
        return status;
    tensor->name = entry->name;
    tensor->dtype = type->dtype;
    tensor->data = data + entry->begin;
    uint64_t count = (entry->end - entry->begin) / type->size;
    bool aligned = (uintptr_t)tensor->data % type->size == 0;
    if (count == 0 || (aligned && !type->convert))
        return RN_OK;
    *converted = malloc((size_t)count * 4);
    if (!*converted)
        return rn_fail(RN_E_NOMEM, "%s: \"%s\": not enough memory for %" PRIu64 " values", path,
                       entry->name, count);
    tensor->data = *converted;
    if (!type->convert)
        memcpy(*converted, data + entry->begin, entry->end - entry->begin);
    else if (!type->convert(data + entry->begin, count, *converted))
        return rn_fail(RN_E_DATA, "%s: \"%s\": a number does not fit into 32 bits", path,
                       entry->name);
    return RN_OK;
}

static rn_status read_tensors(const char *path, json_t *header, const uint8_t *data,
                              uint64_t data_bytes, rn_safetensors *out)
{
    struct storage *storage = out->storage;
    size_t capacity = json_object_size(header) + 1;
    struct entry *entries = calloc(capacity, sizeof *entries);
    int64_t n = 0;
    rn_status status = RN_OK;
    out->tensors = calloc(capacity, sizeof *out->tensors);
    storage->converted = calloc(capacity, sizeof *storage->converted);
    if (!entries || !out->tensors || !storage->converted) {
        status = rn_fail(RN_E_NOMEM, "%s: not enough memory", path);
        goto done;
    }
    status = read_entries(path, header, entries, &n);
    if (status)
        goto done;
    status = check_cover(path, entries, n, data_bytes);
    if (status)
        goto done;
    out->n_tensors = n;
    for (int64_t i = 0; i < n; i++) {
        status = read_tensor(path, &entries[i], data, &out->tensors[i], &storage->converted[i]);
        if (status)
            goto done;
    }
done:
    free(entries);
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(const rn_named_tensor *const *)a)->name,
                  (*(const rn_named_tensor *const *)b)->name);
}

static rn_status sort_names(const char *path, rn_safetensors *file)
{
    struct storage *storage = file->storage;
    size_t n = (size_t)file->n_tensors;
    storage->by_name = calloc(n + 1, sizeof *storage->by_name);
    if (!storage->by_name)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory", path);
    for (size_t i = 0; i < n; i++)
        storage->by_name[i] = &file->tensors[i];
    qsort(storage->by_name, n, sizeof *storage->by_name, compare_names);
    return RN_OK;
}

/* Reads a file that is in memory. */
static rn_status read_contents(const char *path, const uint8_t *file, uint64_t size,
                               rn_safetensors *out)
{
    struct storage *storage = out->storage;
    uint64_t data_offset = 0;
    rn_status status = read_header(path, file, size, &storage->header, &data_offset);
    if (status)
        return status;
    status = read_metadata(path, storage->header, out);
    if (status)
        return status;
    status = read_tensors(path, storage->header, file + data_offset, size - data_offset, out);
    if (status)
        return status;
    return sort_names(path, out);
}

static rn_status open_file(const char *path, bool is_mapped, rn_safetensors **out)
{
    rn_status status = RN_OK;
    rn_safetensors *file = calloc(1, sizeof *file);
    struct storage *storage = calloc(1, sizeof *storage);
    *out = NULL;
    if (!file || !storage) {
        free(storage);
        status = rn_fail(RN_E_NOMEM, "%s: not enough memory", path);
        goto done;
    }
    file->storage = storage;
    uint64_t size = 0;
    status =
        is_mapped ? rn_map_open(path, &storage->map) : rn_file_read(path, &storage->file, &size);
    if (status)
        goto done;
    status = is_mapped ? read_contents(path, storage->map.data, storage->map.size, file)
                       : read_contents(path, storage->file, size, file);
    if (status)
        goto done;
    *out = file;
    file = NULL;
done:
    rn_safetensors_destroy(file);
    return status;
}

rn_status rn_safetensors_read(const char *path, rn_safetensors **out)
{
    return open_file(path, false, out);
}

rn_status rn_safetensors_map(const char *path, rn_safetensors **out)
{
    return open_file(path, true, out);
}

const rn_named_tensor *rn_safetensors_find(const rn_safetensors *file, const char *name)
{
    const struct storage *storage = file->storage;
    const rn_named_tensor wanted = { .name = name }, *key = &wanted;
    const rn_named_tensor **found = bsearch(&key, storage->by_name, (size_t)file->n_tensors,
                                            sizeof *storage->by_name, compare_names);
    return found ? *found : NULL;
}

const char *rn_safetensors_metadata(const rn_safetensors *file, const char *key)
{
    for (int64_t i = 0; i < file->n_metadata; i += 2)
        if (strcmp(file->metadata[i], key) == 0)
            return file->metadata[i + 1];
    return NULL;
}

void rn_safetensors_destroy(rn_safetensors *file)
{
    if (!file)
        return;
    struct storage *storage = file->storage;
    if (storage) {
        for (int64_t i = 0; i < file->n_tensors; i++)
            free(storage->converted[i]);
        free(storage->converted);
        free(storage->by_name);
        free(storage->file);
        rn_map_close(&storage->map);
        json_decref(storage->header);
        free(storage);
    }
    free(file->tensors);
    free(file->metadata);
    free(file);
}
