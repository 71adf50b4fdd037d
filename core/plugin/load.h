/* load.h: one plugin file, from path to checked tables. */
#ifndef RN_CORE_PLUGIN_LOAD_H
#define RN_CORE_PLUGIN_LOAD_H

#include "plugin/registry.h"

/* Checks the file, loads it, calls its entry and checks the tables it returns. The file is never
 * unloaded; every call creates a new object. RN_E_PLUGIN names the path, what was found and what to
 * do. */
rn_status rn_plugin_load(const char *path, rn_loaded_plugin **out);

void rn_plugin_destroy(rn_loaded_plugin *plugin);

#endif
