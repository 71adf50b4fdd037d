/* safetensors_write.c: writing safetensors files. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "io/element.h"
#include "io/file.h"
#include "io/safetensors.h"

static rn_status tensor_bytes(const char *path, const rn_named_tensor *tensor, uint64_t *bytes)
{
    const rn_element *type = rn_element_by_dtype(tensor->dtype);
    if (!type || tensor->rank < 0 || tensor->rank > RN_MAX_RANK)
        return rn_fail(RN_E_DATA, "%s: \"%s\": dtype %d of rank %d cannot be written", path,
                       tensor->name, tensor->dtype, tensor->rank);
    *bytes = type->size;
    for (int32_t i = 0; i < tensor->rank; i++)
        if (tensor->shape[i] < 0 ||
            __builtin_mul_overflow(*bytes, (uint64_t)tensor->shape[i], bytes) || *bytes > INT64_MAX)
            return rn_fail(RN_E_DATA, "%s: \"%s\": dimension %d is %" PRId64, path, tensor->name, i,
                           tensor->shape[i]);
    return RN_OK;
}

/* Adds `tensor` to the header, at `*offset` in the data; advances `*offset` past it. */
static rn_status add_tensor(const char *path, json_t *header, const rn_named_tensor *tensor,
                            uint64_t *offset)
{
    uint64_t bytes = 0, end = 0;
    rn_status status = tensor_bytes(path, tensor, &bytes);
    if (status)
        return status;
    if (__builtin_add_overflow(*offset, bytes, &end) || end > INT64_MAX)
        return rn_fail(RN_E_DATA, "%s: more than 2^63 bytes", path);
    if (json_object_get(header, tensor->name))
        return rn_fail(RN_E_DATA, "%s: two tensors are named \"%s\"", path, tensor->name);
    json_t *shape = json_array();
    for (int32_t i = 0; i < tensor->rank; i++)
        if (json_array_append_new(shape, json_integer(tensor->shape[i])))
            goto failed;
    json_t *entry =
        json_pack("{s:s, s:O, s:[I, I]}", "dtype", rn_element_by_dtype(tensor->dtype)->text,
                  "shape", shape, "data_offsets", (json_int_t)*offset, (json_int_t)end);
    if (json_object_set_new(header, tensor->name, entry))
        goto failed;
    json_decref(shape);
    *offset = end;
    return RN_OK;
failed:
    json_decref(shape);
    return rn_fail(RN_E_DATA,
                   "%s: cannot write a tensor named \"%s\": not UTF-8, or not enough memory", path,
                   tensor->name);
}

/* Pass 1 writes the RN_U8 tensors, pass 0 all others: so every four-byte element is aligned. */
static bool is_in_pass(const rn_named_tensor *tensor, int pass)
{
    return (tensor->dtype == RN_U8) == (pass == 1);
}

static rn_status make_header(const char *path, const rn_named_tensor *tensors, int64_t n_tensors,
                             const char *const *metadata, int64_t n_metadata, char **text)
{
    rn_status status = RN_OK;
    uint64_t offset = 0;
    json_t *header = json_object();
    json_t *pairs = json_object();
    *text = NULL;
    for (int64_t i = 0; i + 1 < n_metadata; i += 2)
        if (json_object_set_new(pairs, metadata[i], json_string(metadata[i + 1]))) {
            status = rn_fail(RN_E_DATA,
                             "%s: cannot write metadata \"%s\": not UTF-8, or not enough memory",
                             path, metadata[i]);
            goto done;
        }
    if (n_metadata > 0 && json_object_set(header, "__metadata__", pairs))
        goto no_memory;
    for (int pass = 0; pass < 2; pass++)
        for (int64_t i = 0; i < n_tensors; i++) {
            if (!is_in_pass(&tensors[i], pass))
                continue;
            status = add_tensor(path, header, &tensors[i], &offset);
            if (status)
                goto done;
        }
    *text = json_dumps(header, JSON_COMPACT);
    if (*text)
        goto done;
no_memory:
    status = rn_fail(RN_E_NOMEM, "%s: not enough memory to write it", path);
done:
    json_decref(pairs);
    json_decref(header);
    return status;
}

static rn_status write_header(rn_file *file, const char *text)
{
    static const char spaces[8] = "        ";
    uint64_t length = strlen(text);
    uint64_t padding = (8 - length % 8) % 8; /* the data begins on a multiple of 8 */
    uint8_t head[8];
    for (int i = 0; i < 8; i++)
        head[i] = (uint8_t)((length + padding) >> (8 * i));
    rn_status status = rn_file_write(file, head, 8);
    if (status)
        return status;
    status = rn_file_write(file, text, length);
    if (status)
        return status;
    return rn_file_write(file, spaces, padding);
}

static rn_status write_data(rn_file *file, const char *path, const rn_named_tensor *tensors,
                            int64_t n_tensors)
{
    for (int pass = 0; pass < 2; pass++)
        for (int64_t i = 0; i < n_tensors; i++) {
            uint64_t bytes = 0;
            if (!is_in_pass(&tensors[i], pass))
                continue;
            rn_status status = tensor_bytes(path, &tensors[i], &bytes);
            if (status)
                return status;
            status = rn_file_write(file, tensors[i].data, bytes);
            if (status)
                return status;
        }
    return RN_OK;
}

rn_status rn_safetensors_write(const char *path, const rn_named_tensor *tensors, int64_t n_tensors,
                               const char *const *metadata, int64_t n_metadata)
{
    char *text = NULL;
    rn_file *file = NULL;
    rn_status status = make_header(path, tensors, n_tensors, metadata, n_metadata, &text);
    if (status)
        goto done;
    status = rn_file_create(path, &file);
    if (status)
        goto done;
    status = write_header(file, text);
    if (status)
        goto done;
    status = write_data(file, path, tensors, n_tensors);
    if (status)
        goto done;
    status = rn_file_commit(file);
    file = NULL;
done:
    rn_file_discard(file);
    free(text);
    return status;
}
