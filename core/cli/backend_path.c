/* backend_path.c: backends that the command line names by their files. */
#include "cli/backend_path.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* The length of the path at the beginning of an element: what belongs to a device or a setting
 * stands after its file's name. */
static size_t path_length(const char *element)
{
    size_t length = strcspn(element, ",");
    const char *name = element;
    for (const char *c = element; c < element + length; c++)
        if (*c == '/')
            name = c;
    return (size_t)(name - element) + strcspn(name, ",:+");
}

const char *rn_backend_path_device(const char *text)
{
    const char *after = text + path_length(text);
    return *after == ':' ? after + 1 : NULL;
}

/* Loads the plugin whose path has this length, and appends its name. */
static rn_status append_name(rn_registry *registry, const char *path, size_t length, char *to)
{
    const rn_loaded_plugin *loaded = NULL;
    char *copy = strndup(path, length);
    rn_status status = copy ? rn_registry_load(registry, copy, &loaded)
                            : rn_fail(RN_E_NOMEM, "no memory for the command line");
    if (!status)
        strcat(to, loaded->plugin.name); /* not longer than the path, which ends with it */
    free(copy);
    return status;
}

rn_status rn_backend_paths_load(rn_registry *registry, const char *list, char **out)
{
    char *names = calloc(1, strlen(list) + 1);
    rn_status status = names ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the command line");
    while (*list && !status) {
        size_t path = *list == '/' ? path_length(list) : 0, rest = strcspn(list + path, ",");
        rest += list[path + rest] == ',';
        if (path)
            status = append_name(registry, list, path, names);
        strncat(names, list + path, rest);
        list += path + rest;
    }
    if (status)
        free(names);
    *out = status ? NULL : names;
    return status;
}
