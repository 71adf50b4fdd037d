/* path.h: the search path for plugins, and the files found in it. */
#ifndef RN_CORE_PLUGIN_PATH_H
#define RN_CORE_PLUGIN_PATH_H

#include <resnet/status.h>
#include <stdbool.h>

/* True if `name` matches [a-z0-9_]+; so a name is never a path. */
bool rn_plugin_path_is_name(const char *name);

/* True of what the command line can only mean as a file: "/x/a.so", "./a", "a.so". */
bool rn_plugin_path_is_path(const char *text);

/* The folders in search order, absolute, NULL-terminated: those in `command_line` (separated by
 * ':'; may be NULL), those in $RESNET_PLUGIN_PATH unless the process is privileged, the installed
 * folder. Empty elements are ignored. RN_E_USAGE for a relative one in the environment. */
rn_status rn_plugin_path_create(const char *command_line, char ***folders);
void rn_plugin_path_destroy(char **folders);

/* The first "FOLDER/NAME.so" that exists; the caller frees `*path`. RN_E_PLUGIN lists the folders
 * and suggests a similar name. */
rn_status rn_plugin_path_find(char *const *folders, const char *name, char **path);

/* The paths of all *.so files in a folder in alphabetical order, NULL-terminated; free with
 * rn_plugin_path_destroy. Empty if there is no such folder. */
rn_status rn_plugin_path_list(const char *folder, char ***paths);

/* A path that stays valid if the working directory changes. Freed by the caller; NULL if there is
 * no memory. */
char *rn_plugin_path_absolute(const char *path);

/* "/lib/residual.so" -> "residual". Freed by the caller; NULL if there is no memory. */
char *rn_plugin_path_name(const char *path);

#endif
