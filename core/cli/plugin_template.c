/* plugin_template.c: makes a new plugin's folder, renamed from a temporary name at the end. */
#include "cli/plugin_template.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/installed.h"
#include "base/nearest.h"
#include "base/status.h"
#include "io/file.h"
#include "plugin/layers.h"
#include "plugin/path.h"

#ifndef RN_TEMPLATES_DIR
#error "RN_TEMPLATES_DIR: the folder where share/templates is installed"
#endif

#define MARK "NAME"
#define MAX_NAME 64

static const char *const kinds[] = { "block", "op", "backend", NULL };

static rn_status check_kind(const char *kind)
{
    for (int i = 0; kinds[i]; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return RN_OK;
    const char *near = rn_nearest(kind, kinds);
    return rn_fail(RN_E_USAGE, "new: found \"%s\"; %s%s%sexpected block, op or backend", kind,
                   near ? "did you mean \"" : "", near ? near : "", near ? "\"? " : "");
}

/* A second plugin of the name would take the place of the first, whose blocks it lacks. */
static rn_status check_others(const char *name)
{
    char **folders = NULL, *path = NULL;
    rn_status status = rn_plugin_path_create(NULL, &folders);
    if (status)
        return status;
    if (rn_plugin_path_find(folders, name, &path) == RN_OK)
        status = rn_fail(RN_E_USAGE, "new: there is a plugin \"%s\", %s; choose another name", name,
                         path);
    free(path);
    rn_plugin_path_destroy(folders);
    return status;
}

static rn_status check_name(const char *name)
{
    size_t length = strlen(name);
    bool is_valid = islower((unsigned char)name[0]) && length <= MAX_NAME &&
                    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
    struct stat info;
    if (!is_valid)
        return rn_fail(RN_E_USAGE,
                       "new: \"%s\" cannot be a plugin's name; expected a small letter, then small "
                       "letters, digits and _, at most %d together",
                       name, MAX_NAME);
    if (rn_layer_find(name))
        return rn_fail(RN_E_USAGE, "new: \"%s\" is a built-in layer; choose another name", name);
    if (lstat(name, &info) == 0)
        return rn_fail(RN_E_USAGE, "new: there is a \"%s\" here; choose another name or remove it",
                       name);
    return check_others(name);
}

/* Writes `text` with `name` for each MARK. */
static void substitute(FILE *to, const char *text, const char *name)
{
    for (const char *mark; (mark = strstr(text, MARK)); text = mark + strlen(MARK)) {
        fwrite(text, 1, (size_t)(mark - text), to);
        fputs(name, to);
    }
    fputs(text, to);
}

/* The text of a file, or `file` itself, with the name; the caller frees it. */
static char *substituted(const char *text, const char *name)
{
    char *result = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&result, &size);
    if (!stream)
        return NULL;
    substitute(stream, text, name);
    if (fclose(stream) == 0)
        return result;
    free(result);
    return NULL;
}

static rn_status copy_file(const char *from, const char *folder, const char *file, const char *name)
{
    char path[RN_PATH_SIZE];
    uint8_t *data = NULL;
    uint64_t size_bytes = 0;
    char *text = NULL;
    char *target = substituted(file, name);
    rn_status status = rn_path_join(path, from, file);
    if (!status)
        status = rn_file_read(path, &data, &size_bytes);
    if (!status)
        text = substituted((const char *)data, name);
    if (!status && (!text || !target))
        status = rn_fail(RN_E_NOMEM, "new: no memory");
    if (!status)
        status = rn_path_join(path, folder, target);
    if (!status)
        status = rn_file_write_text(path, text);
    free(data);
    free(text);
    free(target);
    return status;
}

static rn_status copy_folder(const char *from, const char *to, const char *name)
{
    DIR *folder = opendir(from);
    if (!folder)
        return rn_fail(RN_E_IO,
                       "new: %s: %s; is resnet-run installed? RESNET_TEMPLATES_PATH names "
                       "the folder of another copy's templates",
                       from, strerror(errno));
    rn_status status = RN_OK;
    for (struct dirent *entry; !status && (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            status = copy_file(from, to, entry->d_name, name);
    closedir(folder);
    return status;
}

static rn_status copy_kind(const char *kind, const char *to, const char *name)
{
    char from[RN_PATH_SIZE], installed[PATH_MAX];
    const char *folder = secure_getenv("RESNET_TEMPLATES_PATH");
    if (!folder || !*folder)
        folder = rn_installed_folder(RN_TEMPLATES_DIR, installed);
    rn_status status = rn_path_join(from, folder, kind);
    return status ? status : copy_folder(from, to, name);
}

static bool is_copied(const void *context, const char *name)
{
    (void)context;
    return name[0] != '.';
}

rn_status rn_template_copy(const char *kind, const char *name)
{
    char folder[MAX_NAME + 16];
    rn_status status = check_kind(kind);
    if (!status)
        status = check_name(name);
    if (status)
        return status;
    snprintf(folder, sizeof folder, ".%s.XXXXXX", name);
    if (!mkdtemp(folder))
        return rn_fail(RN_E_IO, "new: cannot make a folder here: %s", strerror(errno));
    status = copy_kind("common", folder, name);
    if (!status)
        status = copy_kind(kind, folder, name);
    if (!status && (chmod(folder, 0755) || rename(folder, name)))
        status = rn_fail(RN_E_IO, "new: cannot make %s: %s", name, strerror(errno));
    if (!status)
        return RN_OK;
    rn_folder_remove(folder, is_copied, NULL);
    rmdir(folder);
    return status;
}
