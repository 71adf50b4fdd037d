/* registry.h: the plugins of a process: found, checked and loaded once. */
#ifndef RN_CORE_PLUGIN_REGISTRY_H
#define RN_CORE_PLUGIN_REGISTRY_H

#include <resnet/plugin.h>

typedef struct rn_registry rn_registry;

/* A plugin that was loaded; owned by the registry. */
typedef struct rn_loaded_plugin {
    char *path;
    rn_plugin plugin;   /* our own zero-filled copy, as are backend and blocks */
    rn_backend backend; /* valid where plugin.backend is not NULL (it points here) */
    rn_block *blocks;   /* plugin.n_blocks */
} rn_loaded_plugin;

/* `search_path`: the folders of --plugin-path separated by ':', or NULL. Searched in this order:
 * --plugin-path, $RESNET_PLUGIN_PATH (not in a privileged process), the installed folder. */
rn_status rn_registry_create(const char *search_path, rn_registry **out);
void rn_registry_destroy(rn_registry *registry);

/* Loads "NAME" from the search path, or "/FOLDER/NAME.so"; the second time it returns the first
 * result. Only main.c may pass a path, and only one that came from the command line; afterwards the
 * plugin is known by its name. RN_E_PLUGIN says which folders were tried, quotes dlerror, names the
 * missing vendor library, the ABI versions of both sides, or the slot that is missing. */
rn_status rn_registry_load(rn_registry *registry, const char *name, const rn_loaded_plugin **out);

/* The backend of plugin NAME, which is never a path. */
rn_status rn_registry_backend(rn_registry *registry, const char *name, const rn_backend **out);

/* A block by "plugin/block", "plugin" (block of the same name), or the name of a built-in layer
 * (layers.h). */
rn_status rn_registry_block(rn_registry *registry, const char *name, const rn_block **out);

/* The folders of the search path in order, NULL-terminated. */
char *const *rn_registry_folders(const rn_registry *registry);

/* Paths of all *.so in the search path, first wins; the list and its strings are the caller's. */
rn_status rn_registry_list(rn_registry *registry, char ***paths, int *count);

/* The host table that plugins get. */
const rn_host *rn_host_table(void);

#endif
