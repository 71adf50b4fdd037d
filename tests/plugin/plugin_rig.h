/* plugin_rig.h: plugins of tests/plugin/zoo, made when a test runs, and loaded. */
#ifndef RN_TESTS_PLUGIN_RIG_H
#define RN_TESTS_PLUGIN_RIG_H

#include "support/check.h"

/* The folder "NAME" in the scratch folder, made where it is missing. */
const char *plugin_folder(char path[CHECK_PATH_MAX], const char *name);

/* Compiles tests/plugin/zoo/SOURCE.c to TARGET; `flags` go to the end. False: the compiler
 * failed. */
bool plugin_compile(const char *source, const char *target, const char *flags);

/* Compiles tests/plugin/zoo/NAME.c to FOLDER/NAME.so and gives its path. */
const char *plugin_make(char path[CHECK_PATH_MAX], const char *place, const char *name);

/* Loads a plugin, by name or path, in a registry of its own. */
rn_status plugin_load(const char *search_path, const char *name);

#endif
