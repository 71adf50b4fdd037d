/* plugin_rig.h: compiles the plugins in tests/plugin/zoo and loads them. */
#ifndef RN_TESTS_PLUGIN_RIG_H
#define RN_TESTS_PLUGIN_RIG_H

#include "support/check.h"

/* The folder NAME in the scratch folder, created if it is missing. */
const char *plugin_folder(char path[CHECK_PATH_MAX], const char *name);

/* Compiles tests/plugin/zoo/SOURCE.c to TARGET, with `flags` at the end of the command. False if
 * the compiler fails. */
bool plugin_compile(const char *source, const char *target, const char *flags);

/* Compiles tests/plugin/zoo/NAME.c to FOLDER/NAME.so in the scratch folder and returns its path. */
const char *plugin_make(char path[CHECK_PATH_MAX], const char *folder, const char *name);

/* Loads a plugin, by name or path, in a new registry. */
rn_status plugin_load(const char *search_path, const char *name);

#endif
