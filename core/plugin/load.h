/* load.h: one plugin file, from path to checked tables. */
#ifndef RN_CORE_PLUGIN_LOAD_H
#define RN_CORE_PLUGIN_LOAD_H

#include "plugin/registry.h"

/* Checks the file, loads it, calls its entry and checks the tables it returns. The file is never
 * unloaded; every call creates a new object. RN_E_PLUGIN names the path, what was found and what to
 * do. */
rn_status rn_plugin_load(const char *path, rn_loaded_plugin **out);

/* What is checked and done, in this order. */
typedef struct rn_load_stage {
    const char *name; /* "trust" */
    const char *help; /* what is true when it has passed */
} rn_load_stage;

/* NULL after the last one. */
const rn_load_stage *rn_load_stage_at(int i);

/* rn_plugin_load, which calls `begin` before each stage. */
rn_status rn_plugin_load_watched(const char *path,
                                 void (*begin)(const rn_load_stage *stage, void *context),
                                 void *context, rn_loaded_plugin **out);

void rn_plugin_destroy(rn_loaded_plugin *plugin);

#endif
