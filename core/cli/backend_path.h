/* backend_path.h: backends that the command line names by their files. */
#ifndef RN_CORE_CLI_BACKEND_PATH_H
#define RN_CORE_CLI_BACKEND_PATH_H

#include "plugin/registry.h"

/* The device of "/PATH/NAME.so:DEVICE"; NULL if it names none. */
const char *rn_backend_path_device(const char *text);

/* Loads the plugin of each element of a list with commas that is a path, "/PATH/NAME.so" with
 * ":DEVICE" or "+SETTING=VALUE" behind it, and sets *out to the list with NAME in its place. The
 * caller frees it. */
rn_status rn_backend_paths_load(rn_registry *registry, const char *list, char **out);

#endif
