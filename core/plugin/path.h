/* path.h: where plugins are searched for, and which files may be loaded at all. */
#ifndef RN_CORE_PLUGIN_PATH_H
#define RN_CORE_PLUGIN_PATH_H

#include <resnet/status.h>
#include <stdbool.h>

/* [a-z0-9_]+, so that a name is never a path. */
bool rn_plugin_path_is_name(const char *name);

/* The folders in search order, absolute, NULL-terminated: those of `command_line` (separated by
 * ':', or NULL), those of $RESNET_PLUGIN_PATH unless the process is privileged, the installed one.
 * Empty elements are ignored; relative ones of the environment too. */
rn_status rn_plugin_path_create(const char *command_line, char ***folders);
void rn_plugin_path_destroy(char **folders);

/* The first "FOLDER/NAME.so". RN_E_PLUGIN tells the folders and a similar name. The path is the
 * caller's. */
rn_status rn_plugin_path_find(char *const *folders, const char *name, char **path);

/* Paths of all *.so of a folder in alphabetical order, NULL-terminated; maybe empty. */
rn_status rn_plugin_path_list(const char *folder, char ***paths);

/* "/lib/residual.so" -> "residual"; the caller's. NULL: no memory. */
char *rn_plugin_path_name(const char *path);

#endif
