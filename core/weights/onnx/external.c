/* external.c: maps files of tensors that stand beside an ONNX model. */
#include "weights/onnx/external.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "io/file.h"

struct rn_onnx_file {
    const char *location;
    rn_map map;
    rn_onnx_file *next;
};

/* Where a tensor's data are. */
typedef struct place {
    const char *location;
    uint64_t offset, length;
} place;

static const char *find_entry(const Onnx__TensorProto *tensor, const char *key)
{
    for (size_t i = 0; i < tensor->n_external_data; i++) {
        const Onnx__StringStringEntryProto *entry = tensor->external_data[i];
        if (entry->key && entry->value && strcmp(entry->key, key) == 0)
            return entry->value;
    }
    return NULL;
}

static bool read_number(const char *text, uint64_t *number)
{
    char *end = NULL;
    if (!text)
        return true;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && !errno;
}

static rn_status read_place(const char *path, const Onnx__TensorProto *tensor, uint64_t size,
                            place *p)
{
    const char *name = tensor->name ? tensor->name : "";
    *p = (place){ .location = find_entry(tensor, "location"), .length = size };
    if (!p->location || !*p->location)
        return rn_fail(RN_E_DATA, "%s: tensor \"%s\" does not say which file its data are in", path,
                       name);
    if (!read_number(find_entry(tensor, "offset"), &p->offset) ||
        !read_number(find_entry(tensor, "length"), &p->length))
        return rn_fail(RN_E_DATA, "%s: tensor \"%s\": its data's offset or length is no number",
                       path, name);
    if (p->length != size)
        return rn_fail(RN_E_DATA, "%s: tensor \"%s\" has %llu bytes of data, expected %llu", path,
                       name, (unsigned long long)p->length, (unsigned long long)size);
    return RN_OK;
}

/* Sets `folder` to that of the model. */
static rn_status find_folder(const char *path, char folder[RN_PATH_SIZE])
{
    const char *slash = strrchr(path, '/');
    int length = slash ? (int)(slash - path) + 1 : 0;
    int written = snprintf(folder, RN_PATH_SIZE, "%.*s", slash ? length : 1, slash ? path : ".");
    return written < RN_PATH_SIZE ? RN_OK : rn_fail(RN_E_IO, "%s: the path is too long", path);
}

/* Whether the file is in the folder, or below; both are real paths. */
static bool is_below(const char *file, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(file, folder, length) == 0 && (file[length] == '/' || length == 1);
}

/* Sets `file` to the real path of LOCATION beside the model, which must be below the model's own
 * folder: a model from somewhere else names no other file of this machine. */
static rn_status find_file(const char *path, const char *location, char file[RN_PATH_SIZE])
{
    char folder[RN_PATH_SIZE], joined[RN_PATH_SIZE];
    rn_status status = find_folder(path, folder);
    status = status ? status : rn_path_join(joined, folder, location);
    if (status)
        return status;
    char *real_folder = realpath(folder, NULL);
    char *real = *location == '/' ? NULL : realpath(joined, NULL);
    if (*location != '/' && (!real_folder || !real))
        status = rn_fail(RN_E_IO, "%s: its tensors are in \"%s\" beside it: %s", path, location,
                         strerror(errno));
    else if (*location == '/' || !is_below(real, real_folder))
        status = rn_fail(RN_E_DATA,
                         "%s: its tensors are in \"%s\", which is not in the model's own folder; "
                         "put a copy there",
                         path, location);
    else if (snprintf(file, RN_PATH_SIZE, "%s", real) >= RN_PATH_SIZE)
        status = rn_fail(RN_E_IO, "%s: the path is too long", real);
    free(real_folder);
    free(real);
    return status;
}

static rn_status map_file(rn_weights *weights, const char *path, const char *location,
                          rn_onnx_file **files)
{
    char real[RN_PATH_SIZE];
    for (rn_onnx_file **at = files; *at; at = &(*at)->next) {
        rn_onnx_file *found = *at;
        if (strcmp(found->location, location) != 0)
            continue;
        *at = found->next; /* to the front: the next tensor is most likely in the same file */
        found->next = *files;
        *files = found;
        return RN_OK;
    }
    rn_onnx_file *file = rn_pool_take(weights->pool, sizeof *file);
    if (!file)
        return rn_weights_no_memory(weights);
    rn_status status = find_file(path, location, real);
    if (status)
        return status;
    status = rn_weights_map_file(weights, real, &file->map);
    if (status)
        return status;
    file->location = location;
    file->next = *files;
    *files = file;
    return RN_OK;
}

rn_status rn_onnx_external(rn_weights *weights, const char *path, const Onnx__TensorProto *tensor,
                           uint64_t size, rn_onnx_file **files, const uint8_t **data)
{
    place p;
    rn_status status = read_place(path, tensor, size, &p);
    if (status)
        return status;
    status = map_file(weights, path, p.location, files);
    if (status)
        return status;
    const rn_map *map = &(*files)->map;
    if (p.offset > map->size || size > map->size - p.offset)
        return rn_fail(RN_E_DATA,
                       "%s: tensor \"%s\" is %llu bytes at %llu of \"%s\", which has %llu", path,
                       tensor->name ? tensor->name : "", (unsigned long long)size,
                       (unsigned long long)p.offset, p.location, (unsigned long long)map->size);
    *data = map->data + p.offset;
    return RN_OK;
}
