/* path.c: the search path for plugins, and the files found in it. */
#define _GNU_SOURCE /* secure_getenv, asprintf */
#include "plugin/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/installed.h"
#include "base/nearest.h"
#include "base/status.h"
#include "base/text.h"

#define MAX_FOLDERS 64
#define SUFFIX ".so"
#define ENVIRONMENT "RESNET_PLUGIN_PATH"

bool rn_plugin_path_is_name(const char *name)
{
    return name[0] && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == 0;
}

bool rn_plugin_path_is_path(const char *text)
{
    return text[0] == '/' || text[0] == '.' || rn_text_ends(text, SUFFIX);
}

char *rn_plugin_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t length = strlen(base);
    if (length >= strlen(SUFFIX) && strcmp(base + length - strlen(SUFFIX), SUFFIX) == 0)
        length -= strlen(SUFFIX);
    return strndup(base, length);
}

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the plugins' search path");
}

char *rn_plugin_path_absolute(const char *folder)
{
    char here[PATH_MAX], *path = NULL;
    if (folder[0] == '/')
        return strdup(folder);
    if (!getcwd(here, sizeof here) || asprintf(&path, "%s/%s", here, folder) < 0)
        return NULL;
    return path;
}

static rn_status add_folder(char **folders, int *count, const char *folder)
{
    if (*count == MAX_FOLDERS)
        return rn_fail(RN_E_USAGE, "the plugins' search path has more than %d folders",
                       MAX_FOLDERS);
    folders[*count] = rn_plugin_path_absolute(folder);
    if (!folders[*count])
        return no_memory();
    ++*count;
    return RN_OK;
}

/* Appends the folders of a ':'-separated list. `source`: where it comes from if its folders have to
 * be absolute, as in an environment that outlives the working directory; NULL if not. */
static rn_status add_folders(char **folders, int *count, const char *list, const char *source)
{
    rn_status status = RN_OK;
    char *copy = strdup(list), *rest = copy;
    if (!copy)
        return no_memory();
    for (char *folder; (folder = strsep(&rest, ":"));) {
        if (!folder[0])
            continue;
        if (folder[0] != '/' && source) {
            status = rn_fail(RN_E_USAGE, "%s: found \"%s\", expected the absolute path of a folder",
                             source, folder);
            goto done;
        }
        status = add_folder(folders, count, folder);
        if (status)
            goto done;
    }
done:
    free(copy);
    return status;
}

rn_status rn_plugin_path_create(const char *command_line, char ***out)
{
    char **folders = calloc(MAX_FOLDERS + 1, sizeof *folders);
    const char *environment = secure_getenv(ENVIRONMENT);
    char installed[PATH_MAX];
    int count = 0;
    *out = NULL;
    if (!folders)
        return no_memory();
    rn_status status = add_folders(folders, &count, command_line ? command_line : "", NULL);
    if (status)
        goto done;
    status = add_folders(folders, &count, environment ? environment : "", ENVIRONMENT);
    if (status)
        goto done;
    status = add_folder(folders, &count, rn_installed_folder(RN_PLUGIN_DIR, installed));
    if (status)
        goto done;
    *out = folders;
    folders = NULL;
done:
    rn_plugin_path_destroy(folders);
    return status;
}

void rn_plugin_path_destroy(char **folders)
{
    for (int i = 0; folders && folders[i]; i++)
        free(folders[i]);
    free(folders);
}

/* Suggests a similar name in the folders: "; did you mean \"residual\"?", or where to look. */
static void suggest(char *const *folders, const char *name, char *text, size_t size)
{
    bool is_found = false;
    snprintf(text, size, "; \"resnet-plugin list\" lists the available ones");
    for (int i = 0; folders[i] && !is_found; i++) {
        char **paths = NULL;
        if (rn_plugin_path_list(folders[i], &paths))
            return;
        for (int k = 0; paths[k]; k++) {
            char *known = rn_plugin_path_name(paths[k]);
            const char *const words[] = { known, NULL };
            if (known && rn_nearest(name, words))
                is_found = snprintf(text, size, "; did you mean \"%s\"?", known) > 0;
            free(known);
        }
        rn_plugin_path_destroy(paths);
    }
}

/* Why nothing can be in a folder, for messages. */
static const char *lack(const char *folder)
{
    struct stat about;
    if (stat(folder, &about))
        return errno == ENOENT ? " (does not exist)" : " (cannot be read)";
    return S_ISDIR(about.st_mode) ? "" : " (is not a folder)";
}

static rn_status not_found(char *const *folders, const char *name)
{
    char tried[1024] = "", hint[NAME_MAX + 64];
    size_t length = 0;
    for (int i = 0; folders[i] && length < sizeof tried; i++) {
        int added = snprintf(tried + length, sizeof tried - length, "%s%s%s", i ? ", " : "",
                             folders[i], lack(folders[i]));
        length += added > 0 ? (size_t)added : 0;
    }
    suggest(folders, name, hint, sizeof hint);
    return rn_fail(RN_E_PLUGIN, "there is no plugin \"%s\": no %s%s in %s%s", name, name, SUFFIX,
                   tried, hint);
}

/* Also a link to nothing: loading it says so. */
static bool exists(const char *path)
{
    return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

rn_status rn_plugin_path_find(char *const *folders, const char *name, char **out)
{
    *out = NULL;
    if (!rn_plugin_path_is_name(name))
        return rn_fail(RN_E_PLUGIN, "\"%s\" is not a plugin name; use only a-z, 0-9 and _", name);
    for (int i = 0; folders[i]; i++) {
        char *path = NULL;
        if (asprintf(&path, "%s/%s%s", folders[i], name, SUFFIX) < 0)
            return no_memory();
        if (exists(path)) {
            *out = path;
            return RN_OK;
        }
        free(path);
    }
    return not_found(folders, name);
}

static int is_plugin_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && rn_text_ends(entry->d_name, SUFFIX);
}

rn_status rn_plugin_path_list(const char *folder, char ***out)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_plugin_file, alphasort);
    char **paths = calloc((size_t)(count > 0 ? count : 0) + 1, sizeof *paths);
    rn_status status = RN_OK;
    *out = NULL;
    if (!paths) {
        status = no_memory();
        goto done;
    }
    for (int i = 0; i < count; i++)
        if (asprintf(&paths[i], "%s/%s", folder, entries[i]->d_name) < 0) {
            paths[i] = NULL;
            status = no_memory();
            goto done;
        }
    *out = paths;
    paths = NULL;
done:
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    rn_plugin_path_destroy(paths);
    return status;
}
