/* plugin_scan.h: every plugin file of the search path: loaded, refused or shadowed. */
#ifndef RN_CORE_CLI_PLUGIN_SCAN_H
#define RN_CORE_CLI_PLUGIN_SCAN_H

#include "plugin/registry.h"

/* One file. Exactly one of the last three is set. */
typedef struct rn_plugin_file {
    char *path;
    char *name;
    const rn_loaded_plugin *plugin; /* owned by the registry */
    char *refusal;                  /* why it was not loaded */
    const char *shadowed_by;        /* the file of the same name that is found first; borrowed */
} rn_plugin_file;

typedef struct rn_plugin_scan {
    char *const *folders; /* owned by the registry; ends with NULL */
    rn_plugin_file *files;
    int n_files;
} rn_plugin_scan;

/* Loads every plugin that can be loaded. A refused file is not an error. */
rn_status rn_plugin_scan_create(rn_registry *registry, rn_plugin_scan **out);
void rn_plugin_scan_destroy(rn_plugin_scan *scan);

#endif
