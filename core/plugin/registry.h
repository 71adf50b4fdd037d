/* registry.h: finds and loads plugins, each once. */
#ifndef RN_CORE_PLUGIN_REGISTRY_H
#define RN_CORE_PLUGIN_REGISTRY_H

#include <resnet/plugin.h>
#include <resnet/transport.h>

typedef struct rn_registry rn_registry;

/* An operator of a plugin: checked copies, in which `op` points to the sources that it has. */
#define RN_LOADED_OP_NAME 256
typedef struct rn_loaded_op {
    char name[RN_LOADED_OP_NAME]; /* "plugin/op" */
    rn_custom_op op;
    rn_custom_source opencl, cuda;
} rn_loaded_op;

/* A loaded plugin; owned by the registry. Its structures are checked copies: a slot that the plugin
 * does not have is zero. */
typedef struct rn_loaded_plugin {
    char *path;
    rn_plugin plugin;
    rn_backend backend; /* valid if plugin.backend, which points here, is not NULL */
    rn_block *blocks;   /* plugin.n_blocks */
    rn_loaded_op *ops;  /* n_ops */
    uint32_t n_ops;
    rn_transport transport; /* its size is 0 where there is none */
} rn_loaded_plugin;

/* `search_path` is --plugin-path: folders separated by ':', or NULL. The order of the search:
 * --plugin-path, $RESNET_PLUGIN_PATH (not in a privileged process), the installed folder. */
rn_status rn_registry_create(const char *search_path, rn_registry **out);
void rn_registry_destroy(rn_registry *registry);

/* Loads "NAME" from the search path, or "/FOLDER/NAME.so"; if it is already loaded, returns the
 * same plugin. Only main.c may pass a path, and only one from the command line; afterwards the
 * plugin is known by its name. RN_E_PLUGIN lists the folders that were tried, quotes dlerror, and
 * names the missing vendor library, the ABI versions of both sides, or the missing slot. */
rn_status rn_registry_load(rn_registry *registry, const char *name, const rn_loaded_plugin **out);

/* The backend of plugin NAME, which is never a path. */
rn_status rn_registry_backend(rn_registry *registry, const char *name, const rn_backend **out);

/* The block called "plugin/block", "plugin" (the block of the same name), or a built-in layer's
 * name (layers.h). */
rn_status rn_registry_block(rn_registry *registry, const char *name, const rn_block **out);

/* The operator called "plugin/op". */
rn_status rn_registry_op(rn_registry *registry, const char *name, const rn_loaded_op **out);

/* The transport of plugin NAME, which is never a path. */
rn_status rn_registry_transport(rn_registry *registry, const char *name, const rn_transport **out);

/* The plugins that are loaded: "NAME VERSION", a line each. A text to be freed; NULL where memory
 * ran out. */
char *rn_registry_versions(const rn_registry *registry);

/* The folders of the search path in order, NULL-terminated; owned by the registry. */
char *const *rn_registry_folders(const rn_registry *registry);

/* The paths of all *.so files in the search path; of equal names, only the first. The caller frees
 * the list and its strings. */
rn_status rn_registry_list(rn_registry *registry, char ***paths, int *count);

/* The host table that is passed to plugins. */
const rn_host *rn_host_table(void);

#endif
