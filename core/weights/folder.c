/* folder.c: weights in a folder, or in several files with an index. */
#include "weights/folder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/status.h"
#include "io/file.h"

#define INDEX_ENDING ".index.json"
#define MAX_JSON_BYTES (16u << 20)
#define MAX_FILES 1000 /* of an index */

/* What a folder's weights may be in, in this order. */
static const char *const names[] = { "model.safetensors", "model.safetensors" INDEX_ENDING,
                                     "pytorch_model.bin", "pytorch_model.bin" INDEX_ENDING,
                                     "model.onnx",        NULL };

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool is_index(const char *path)
{
    size_t length = strlen(path), ending = strlen(INDEX_ENDING);
    return length > ending && strcmp(path + length - ending, INDEX_ENDING) == 0;
}

bool rn_weights_is_several(const char *path)
{
    return is_folder(path) || is_index(path);
}

/* ---- Files of JSON ---- */

/* Sets `*text` to the contents of a file that holds a JSON object. */
static rn_status read_object(rn_weights *weights, const char *path, const char **text,
                             json_t **object)
{
    uint8_t *data = NULL;
    uint64_t size = 0;
    json_error_t error;
    rn_status status = rn_file_read(path, &data, &size);
    if (status)
        return status;
    if (size > MAX_JSON_BYTES) {
        status = rn_fail(RN_E_DATA, "%s: larger than %u MB; expected a small JSON file", path,
                         MAX_JSON_BYTES >> 20);
        goto done;
    }
    *object = rn_json_read((const char *)data, (size_t)size, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(*object)) {
        status = rn_fail(RN_E_DATA, "%s: line %d: found %s; expected a JSON object", path,
                         *object ? 1 : error.line, *object ? "another value" : error.text);
        goto done;
    }
    *text = rn_pool_text(weights->pool, (const char *)data, (size_t)size);
    if (!*text)
        status = rn_weights_no_memory(weights);
done:
    free(data);
    return status;
}

/* Sets `*text` to a JSON object beside the weights; leaves it if there is no such file. */
static rn_status read_beside(rn_weights *weights, const char *folder, const char *name,
                             const char **text)
{
    char path[RN_PATH_SIZE];
    json_t *object = NULL;
    rn_status status = rn_path_join(path, folder, name);
    if (status || access(path, F_OK))
        return status;
    status = read_object(weights, path, text, &object);
    json_decref(object);
    return status;
}

/* ---- An index ---- */

/* A file that an index names is one of its folder, so that an index cannot reach for others. */
static bool is_plain_name(const char *name)
{
    return name && *name && *name != '.' && !strchr(name, '/');
}

/* Adds the path of a file, FOLDER/NAME, unless it is in the list. */
static rn_status add_file(rn_weights *weights, const char *index, const char *name,
                          const char **files)
{
    size_t n = 0;
    const char *slash = strrchr(index, '/');
    const char *path =
        rn_pool_print(weights->pool, "%.*s%s", slash ? (int)(slash + 1 - index) : 0, index, name);
    if (!path)
        return rn_weights_no_memory(weights);
    while (files[n] && strcmp(files[n], path) != 0)
        n++;
    if (n == MAX_FILES)
        return rn_fail(RN_E_DATA, "%s: weight_map: more than %d files", index, MAX_FILES);
    files[n] = path;
    return RN_OK;
}

static rn_status read_map(rn_weights *weights, const char *path, json_t *map,
                          rn_weights_place *place)
{
    size_t n = json_object_size(map), i = 0;
    const char *key;
    json_t *value;
    const char **files = rn_pool_take_array(weights->pool, n + 1, sizeof *files);
    const char **tensors = rn_pool_take_array(weights->pool, n + 1, sizeof *tensors);
    if (!files || !tensors)
        return rn_weights_no_memory(weights);
    json_object_foreach(map, key, value)
    {
        const char *name = json_string_value(value);
        if (!is_plain_name(name))
            return rn_fail(RN_E_DATA,
                           "%s: weight_map: %s: found %s%s%s; expected the name of a file of the "
                           "index's folder",
                           path, key, name ? "\"" : "", name ? name : "no text", name ? "\"" : "");
        rn_status status = add_file(weights, path, name, files);
        tensors[i] = rn_pool_text(weights->pool, key, strlen(key));
        if (status || !tensors[i++])
            return status ? status : rn_weights_no_memory(weights);
    }
    *place = (rn_weights_place){ files, tensors };
    return RN_OK;
}

static rn_status read_index(rn_weights *weights, const char *path, rn_weights_place *place)
{
    const char *text;
    json_t *index = NULL;
    rn_status status = read_object(weights, path, &text, &index);
    if (status)
        goto done;
    json_t *map = json_object_get(index, "weight_map");
    if (json_object_size(map) == 0)
        status = rn_fail(RN_E_DATA,
                         "%s: weight_map: found %s; expected an object of names of tensors and "
                         "their files",
                         path, json_is_object(map) ? "an empty one" : "none");
    else
        status = read_map(weights, path, map, place);
done:
    json_decref(index);
    return status;
}

rn_status rn_weights_check_place(const rn_weights *weights, const rn_weights_place *place)
{
    for (int64_t i = 0; place->tensors && place->tensors[i]; i++)
        if (!rn_stored_find(&weights->table, place->tensors[i]))
            return rn_fail(RN_E_DATA,
                           "%s: the index has the tensor \"%s\", and none of its files does",
                           weights->path, place->tensors[i]);
    return RN_OK;
}

/* ---- A folder ---- */

/* Sets `found` to the path of the folder's weights. */
static rn_status find_in_folder(char found[RN_PATH_SIZE], const char *folder)
{
    for (int i = 0; names[i]; i++) {
        rn_status status = rn_path_join(found, folder, names[i]);
        if (status || access(found, F_OK) == 0)
            return status;
    }
    return rn_fail(RN_E_DATA, "%s: no weights in this folder; looked for %s, %s, %s, %s and %s",
                   folder, names[0], names[1], names[2], names[3], names[4]);
}

static rn_status read_folder(rn_weights *weights, const char *folder, char found[RN_PATH_SIZE])
{
    rn_status status = find_in_folder(found, folder);
    if (!status)
        status = read_beside(weights, folder, "config.json", &weights->settings);
    if (!status)
        status = read_beside(weights, folder, "preprocessor_config.json", &weights->preprocessing);
    return status;
}

rn_status rn_weights_locate(rn_weights *weights, const char *path, rn_weights_place *place)
{
    char found[RN_PATH_SIZE];
    if (is_folder(path)) {
        rn_status status = read_folder(weights, path, found);
        if (status)
            return status;
        path = rn_pool_text(weights->pool, found, strlen(found));
    }
    const char **files = rn_pool_take_array(weights->pool, 2, sizeof *files);
    if (!path || !files)
        return rn_weights_no_memory(weights);
    files[0] = path;
    *place = (rn_weights_place){ .files = files };
    return is_index(path) ? read_index(weights, path, place) : RN_OK;
}
