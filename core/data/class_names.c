/* class_names.c: reads a file that names classes. */
#include "data/class_names.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/installed.h"
#include "base/json.h"
#include "base/status.h"
#include "data/dataset.h"

#define LABELS "../labels" /* from the folder of models */

static bool is_path(const char *given)
{
    size_t length = strlen(given);
    return strchr(given, '/') || (length > 4 && strcmp(given + length - 4, ".txt") == 0);
}

static rn_status find(const char *given, char path[RN_PATH_SIZE])
{
    char installed[PATH_MAX];
    const char *models = rn_models_folder(installed);
    bool is_own = is_path(given);
    int n = is_own ? snprintf(path, RN_PATH_SIZE, "%s", given)
                   : snprintf(path, RN_PATH_SIZE, "%s/" LABELS "/%s.txt", models, given);
    if (n >= RN_PATH_SIZE)
        return rn_fail(RN_E_IO, "network.class_names: the path is too long");
    if (is_own || access(path, F_OK) == 0)
        return RN_OK;
    return rn_fail(RN_E_DATA,
                   "network.class_names: found \"%s\", expected the name of a file in %s/" LABELS
                   " without .txt, or a path with a slash in it",
                   given, models);
}

static bool append(json_t *array, const char *text)
{
    return json_array_append_new(array, rn_json_text(text)) == 0;
}

static rn_status add_line(rn_class_names *out, char *line)
{
    line[strcspn(line, "\r")] = 0;
    char *tab = strchr(line, '\t');
    const char *name = tab ? tab + 1 : line;
    if (tab)
        *tab = 0;
    if (!*line || !*name)
        return rn_fail(RN_E_DATA, "found no name, expected a name, or a key, a tab and a name");
    if (json_array_size(out->names) == RN_MAX_CLASSES)
        return rn_fail(RN_E_DATA, "expected at most %d names", RN_MAX_CLASSES);
    if (!append(out->names, name) || !append(out->keys, line))
        return rn_fail(RN_E_NOMEM, "no memory for the names of the classes");
    return RN_OK;
}

static rn_status add_lines(rn_class_names *out, char *text)
{
    rn_status status = RN_OK;
    int number = 1;
    for (char *line = text; *line && !status; number++) {
        char *end = line + strcspn(line, "\n");
        char *next = *end ? end + 1 : end;
        *end = 0;
        status = add_line(out, line);
        if (status)
            rn_fail_at(status, "%s:%d", out->path, number);
        line = next;
    }
    return status;
}

rn_status rn_class_names_read(const char *given, rn_class_names *out)
{
    uint8_t *text = NULL;
    uint64_t size = 0;
    rn_status status = find(given, out->path);
    if (!status)
        status = rn_file_read(out->path, &text, &size);
    if (status)
        return status;
    out->names = json_array();
    out->keys = json_array();
    if (!out->names || !out->keys)
        status = rn_fail(RN_E_NOMEM, "no memory for the names of the classes");
    else if (size == 0 || memchr(text, 0, size))
        status = rn_fail(RN_E_DATA, "%s: found %s, expected a text with a name a line", out->path,
                         size ? "a zero byte" : "an empty file");
    else
        status = add_lines(out, (char *)text);
    free(text);
    if (status)
        rn_class_names_clear(out);
    return status;
}

void rn_class_names_clear(rn_class_names *names)
{
    json_decref(names->names);
    json_decref(names->keys);
    names->names = NULL;
    names->keys = NULL;
}
