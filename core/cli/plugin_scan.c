/* plugin_scan.c: every plugin file of the search path: loaded, refused or shadowed. */
#include "cli/plugin_scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "plugin/path.h"

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the list of plugins");
}

static const rn_plugin_file *first_of_name(const rn_plugin_scan *scan, const char *name)
{
    for (int i = 0; i < scan->n_files; i++)
        if (strcmp(scan->files[i].name, name) == 0)
            return &scan->files[i];
    return NULL;
}

static rn_status add_file(rn_plugin_scan *scan, rn_registry *registry, const char *path)
{
    size_t bytes = ((size_t)scan->n_files + 1) * sizeof *scan->files;
    rn_plugin_file *grown = realloc(scan->files, bytes);
    if (!grown)
        return no_memory();
    scan->files = grown;
    rn_plugin_file file = { .path = strdup(path), .name = rn_plugin_path_name(path) };
    const rn_plugin_file *first = file.name ? first_of_name(scan, file.name) : NULL;
    if (first)
        file.shadowed_by = first->path;
    else if (file.path && file.name && rn_registry_load(registry, path, &file.plugin))
        file.refusal = strdup(rn_fail_text());
    scan->files[scan->n_files++] = file;
    return file.path && file.name && (first || file.plugin || file.refusal) ? RN_OK : no_memory();
}

/* True if the folder at `index` stands earlier in the list, too. */
static bool is_repeated(char *const *folders, int index)
{
    for (int i = 0; i < index; i++)
        if (strcmp(folders[i], folders[index]) == 0)
            return true;
    return false;
}

static rn_status add_folder(rn_plugin_scan *scan, rn_registry *registry, const char *folder)
{
    char **paths = NULL;
    rn_status status = rn_plugin_path_list(folder, &paths);
    if (status)
        goto done;
    for (int i = 0; paths[i]; i++) {
        status = add_file(scan, registry, paths[i]);
        if (status)
            goto done;
    }
done:
    rn_plugin_path_destroy(paths);
    return status;
}

rn_status rn_plugin_scan_create(rn_registry *registry, rn_plugin_scan **out)
{
    *out = NULL;
    rn_plugin_scan *scan = calloc(1, sizeof *scan);
    if (!scan)
        return no_memory();
    scan->folders = rn_registry_folders(registry);
    for (int i = 0; scan->folders[i]; i++) {
        if (is_repeated(scan->folders, i))
            continue;
        rn_status status = add_folder(scan, registry, scan->folders[i]);
        if (status) {
            rn_plugin_scan_destroy(scan);
            return status;
        }
    }
    *out = scan;
    return RN_OK;
}

void rn_plugin_scan_destroy(rn_plugin_scan *scan)
{
    if (!scan)
        return;
    for (int i = 0; i < scan->n_files; i++) {
        free(scan->files[i].path);
        free(scan->files[i].name);
        free(scan->files[i].refusal);
    }
    free(scan->files);
    free(scan);
}
