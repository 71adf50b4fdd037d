/* plugin_scan.h: every plugin file of the search path, and what became of it. */
#ifndef RN_CORE_CLI_PLUGIN_SCAN_H
#define RN_CORE_CLI_PLUGIN_SCAN_H

#include "plugin/registry.h"

/* One file. Exactly one of the last three is set. */
typedef struct rn_plugin_file {
    char *path;
    char *name;
    const rn_loaded_plugin *plugin; /* owned by the registry */
    char *refusal;                  /* why it was not loaded */
    const char *shadowed_by;        /* the path that is found before this one */
} rn_plugin_file;

typedef struct rn_plugin_scan {
    char *const *folders; /* the registry's */
    rn_plugin_file *files;
    int n_files;
} rn_plugin_scan;

/* Loads what can be loaded. Refused files are no error. */
rn_status rn_plugin_scan_create(rn_registry *registry, rn_plugin_scan **out);
void rn_plugin_scan_destroy(rn_plugin_scan *scan);

#endif
