/* load.h: one plugin file, from path to checked tables. */
#ifndef RN_CORE_PLUGIN_LOAD_H
#define RN_CORE_PLUGIN_LOAD_H

#include "plugin/registry.h"

/* Checks, loads and asks the file; it stays loaded for ever. RN_E_PLUGIN: path, what was found,
 * what to do. Every call makes an object of its own. */
rn_status rn_plugin_load(const char *path, rn_loaded_plugin **out);

void rn_plugin_destroy(rn_loaded_plugin *plugin);

#endif
