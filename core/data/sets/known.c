/* known.c: searches the folders of data sets that everybody has. */
#define _GNU_SOURCE /* asprintf */
#include "data/sets/known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"

#define MAX_FOLDERS 3

/* The folders to try, in order. The caller frees the strings. */
static rn_status list_folders(const rn_known_set *set, const char *path, char *folders[MAX_FOLDERS])
{
    const char *data = getenv("RESNET_DATA");
    const char *xdg = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    int n = 0, length = 0;
    if (*path) {
        folders[n] = strdup(path);
        return folders[n] ? RN_OK : rn_fail(RN_E_NOMEM, "%s: not enough memory", set->name);
    }
    if (data && *data)
        length = asprintf(&folders[n++], "%s/%s", data, set->folder);
    if (length >= 0 && set->packaged)
        length = asprintf(&folders[n++], "%s", set->packaged);
    if (length >= 0 && xdg && *xdg == '/')
        length = asprintf(&folders[n++], "%s/resnet-run/%s", xdg, set->folder);
    else if (length >= 0 && home && *home)
        length = asprintf(&folders[n++], "%s/.local/share/resnet-run/%s", home, set->folder);
    if (length >= 0)
        return RN_OK;
    folders[n - 1] = NULL; /* undefined after a failed asprintf */
    return rn_fail(RN_E_NOMEM, "%s: not enough memory", set->name);
}

rn_status rn_known_file(const char *folder, const char *name, char **out)
{
    static const char *const endings[] = { ".gz", "" };
    for (int i = 0; i < 2; i++) {
        if (asprintf(out, "%s/%s%s", folder, name, endings[i]) < 0) {
            *out = NULL;
            return rn_fail(RN_E_NOMEM, "%s: not enough memory", folder);
        }
        if (access(*out, F_OK) == 0)
            return RN_OK;
        free(*out);
        *out = NULL;
    }
    return RN_OK;
}

static rn_status not_found(const rn_known_set *set, const char *file,
                           char *const folders[MAX_FOLDERS])
{
    char list[1024] = "";
    for (int i = 0; i < MAX_FOLDERS && folders[i]; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", folders[i]);
    }
    return rn_fail(RN_E_DATA, "data set %s: no %s%s in %s; %s", set->name, file, set->ending,
                   *list ? list : "any known folder (HOME is not set)", set->remedy);
}

rn_status rn_known_find(const rn_known_set *set, const rn_dataset_params *params, const char *name,
                        char **folder, char **path)
{
    char *folders[MAX_FOLDERS] = { NULL };
    *path = NULL;
    if (*params->train || *params->validation)
        return rn_fail(RN_E_DATA,
                       "data set %s: data.train and data.validation are not for it: its files "
                       "have fixed names; remove them",
                       set->name);
    rn_status status = list_folders(set, params->path, folders);
    if (status)
        goto done;
    for (int i = 0; i < MAX_FOLDERS && folders[i]; i++) {
        status = rn_known_file(folders[i], name, path);
        if (status)
            goto done;
        if (*path) {
            *folder = folders[i];
            folders[i] = NULL;
            goto done;
        }
    }
    status = not_found(set, name, folders);
done:
    for (int i = 0; i < MAX_FOLDERS; i++)
        free(folders[i]);
    return status;
}
