/* safetensors_read.c: reading safetensors files. Nothing in the file is trusted. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "io/file.h"
#include "io/map.h"
#include "io/safetensors.h"
#include "io/safetensors_header.h"

/* The memory that the tensors and the metadata point into. */
struct storage {
    json_t *header;
    uint8_t *file; /* one of these two has the file */
    rn_map map;
    void **converted;                /* n_tensors; NULL if the tensor's data is in the file */
    const rn_named_tensor **by_name; /* n_tensors, for rn_safetensors_find */
};

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

static rn_status read_shape(const char *path, const rn_st_entry *entry, rn_stored *tensor)
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
        if (!rn_st_is_count(length))
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

static rn_status read_stored(const char *path, const rn_st_entry *entry, const uint8_t *data,
                             rn_stored *tensor)
{
    rn_status status = read_shape(path, entry, tensor);
    if (status)
        return status;
    tensor->name = entry->name;
    tensor->type = entry->type;
    tensor->data = data + entry->begin;
    rn_stored_pack(tensor);
    return RN_OK;
}

static rn_status convert_tensor(const char *path, const rn_stored *stored, uint64_t count,
                                void **converted)
{
    const rn_element *type = stored->type;
    *converted = malloc((size_t)count * 4);
    if (!*converted)
        return rn_fail(RN_E_NOMEM, "%s: \"%s\": not enough memory for %" PRIu64 " values", path,
                       stored->name, count);
    if (!type->convert)
        memcpy(*converted, stored->data, (size_t)count * type->size);
    else if (!type->convert(stored->data, count, *converted))
        return rn_fail(RN_E_DATA, "%s: \"%s\": a number does not fit into 32 bits", path,
                       stored->name);
    return RN_OK;
}

/* The tensor as the engine takes it; its data is in the file, where that is possible. */
static rn_status read_tensor(const char *path, const rn_stored *stored, rn_named_tensor *tensor,
                             void **converted)
{
    uint64_t bytes = 0;
    *tensor = (rn_named_tensor){ .name = stored->name,
                                 .dtype = stored->type->dtype,
                                 .rank = stored->rank,
                                 .data = stored->data };
    memcpy(tensor->shape, stored->shape, sizeof tensor->shape);
    if (!rn_stored_extent(stored, &bytes) || bytes == 0)
        return RN_OK;
    if ((uintptr_t)stored->data % stored->type->size == 0 && !stored->type->convert)
        return RN_OK;
    rn_status status = convert_tensor(path, stored, bytes / stored->type->size, converted);
    tensor->data = *converted;
    return status;
}

/* Fills in file->stored, in the order of the data. */
static rn_status read_table(const char *path, json_t *header, const uint8_t *data,
                            uint64_t data_bytes, rn_safetensors *file)
{
    size_t capacity = json_object_size(header) + 1;
    rn_st_entry *entries = calloc(capacity, sizeof *entries);
    int64_t n = 0;
    rn_status status = RN_OK;
    file->stored.tensors = calloc(capacity, sizeof *file->stored.tensors);
    if (!entries || !file->stored.tensors) {
        status = rn_fail(RN_E_NOMEM, "%s: not enough memory", path);
        goto done;
    }
    status = rn_st_entries_read(path, header, data_bytes, entries, &n);
    for (int64_t i = 0; i < n && !status; i++)
        status = read_stored(path, &entries[i], data, &file->stored.tensors[i]);
    file->stored.count = n;
done:
    free(entries);
    return status;
}

/* Fills in file->tensors, in the order of the data. */
static rn_status read_tensors(const char *path, rn_safetensors *file)
{
    struct storage *storage = file->storage;
    size_t n = (size_t)file->stored.count;
    rn_status status = RN_OK;
    file->tensors = calloc(n + 1, sizeof *file->tensors);
    storage->converted = calloc(n + 1, sizeof *storage->converted);
    if (!file->tensors || !storage->converted)
        return rn_fail(RN_E_NOMEM, "%s: not enough memory", path);
    file->n_tensors = (int64_t)n;
    for (size_t i = 0; i < n && !status; i++)
        status =
            read_tensor(path, &file->stored.tensors[i], &file->tensors[i], &storage->converted[i]);
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

/* What is wanted of a file. */
typedef enum reading {
    READ, /* in memory, converted */
    MAP,  /* mapped, converted where that is needed */
    OPEN  /* mapped, as stored */
} reading;

/* Reads a file that is in memory. */
static rn_status read_contents(const char *path, const uint8_t *bytes, uint64_t size, reading use,
                               rn_safetensors *file)
{
    struct storage *storage = file->storage;
    uint64_t data_offset = 0;
    rn_status status = rn_st_header_read(path, bytes, size, &storage->header, &data_offset);
    if (status)
        return status;
    status = read_metadata(path, storage->header, file);
    if (status)
        return status;
    status = read_table(path, storage->header, bytes + data_offset, size - data_offset, file);
    if (!status && use != OPEN)
        status = read_tensors(path, file);
    if (status)
        return status;
    status = sort_names(path, file);
    return status ? status : rn_stored_sort(&file->stored, path);
}

static rn_status open_file(const char *path, reading use, rn_safetensors **out)
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
        use == READ ? rn_file_read(path, &storage->file, &size) : rn_map_open(path, &storage->map);
    if (status)
        goto done;
    status = use == READ ? read_contents(path, storage->file, size, use, file)
                         : read_contents(path, storage->map.data, storage->map.size, use, file);
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
    return open_file(path, READ, out);
}

rn_status rn_safetensors_map(const char *path, rn_safetensors **out)
{
    return open_file(path, MAP, out);
}

rn_status rn_safetensors_open(const char *path, rn_safetensors **out)
{
    return open_file(path, OPEN, out);
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
    free(file->stored.tensors);
    free(file->metadata);
    free(file);
}
