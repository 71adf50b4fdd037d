/* safetensors_header.c: reading the header of a safetensors file. */
#include "io/safetensors_header.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"

/* The reference implementation's limit; a header takes about 100 bytes per tensor. */
#define MAX_HEADER_BYTES 100000000u

rn_status rn_st_header_read(const char *path, const uint8_t *file, uint64_t size, json_t **header,
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
    *header = rn_json_read((const char *)file + 8, (size_t)length, JSON_REJECT_DUPLICATES, &error);
    if (!*header)
        return rn_fail(RN_E_DATA, "%s: header, byte %d: %s", path, error.position, error.text);
    if (!json_is_object(*header))
        return rn_fail(RN_E_DATA, "%s: the header is a JSON array, expected an object", path);
    *data_offset = 8 + length;
    return RN_OK;
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
                            rn_st_entry *entry)
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
    entry->type = rn_element_by_text(json_string_value(type));
    if (!entry->type)
        return rn_fail(RN_E_DATA, "%s: \"%s\": elements of type \"%s\"; expected %s", path, name,
                       json_string_value(type), RN_ELEMENT_LIST);
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (!rn_st_is_count(begin) || !rn_st_is_count(end) ||
        json_integer_value(begin) > json_integer_value(end))
        return rn_fail(RN_E_DATA, "%s: \"%s\": data_offsets are not two increasing numbers", path,
                       name);
    entry->begin = (uint64_t)json_integer_value(begin);
    entry->end = (uint64_t)json_integer_value(end);
    return RN_OK;
}

static int compare_entries(const void *a, const void *b)
{
    const rn_st_entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* The tensors must cover the data without overlap or gap: the reference implementation's rule. */
static rn_status check_cover(const char *path, const rn_st_entry *entries, int64_t n,
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

rn_status rn_st_entries_read(const char *path, json_t *header, uint64_t data_bytes,
                             rn_st_entry *entries, int64_t *n)
{
    const char *name;
    json_t *value;
    *n = 0;
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
    return check_cover(path, entries, *n, data_bytes);
}
