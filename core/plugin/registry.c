/* registry.c: finds and loads plugins, each once. */
#include "plugin/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/nearest.h"
#include "base/status.h"
#include "base/text.h"
#include "plugin/layers.h"
#include "plugin/load.h"
#include "plugin/path.h"

struct rn_registry {
    char **folders;
    rn_loaded_plugin **plugins;
    int n_plugins;
};

rn_status rn_registry_create(const char *search_path, rn_registry **out)
{
    rn_registry *registry = calloc(1, sizeof *registry);
    *out = NULL;
    if (!registry)
        return rn_fail(RN_E_NOMEM, "no memory for the plugins");
    rn_status status = rn_plugin_path_create(search_path, &registry->folders);
    if (status) {
        rn_registry_destroy(registry);
        return status;
    }
    *out = registry;
    return RN_OK;
}

void rn_registry_destroy(rn_registry *registry)
{
    if (!registry)
        return;
    for (int i = 0; i < registry->n_plugins; i++)
        rn_plugin_destroy(registry->plugins[i]);
    free(registry->plugins);
    rn_plugin_path_destroy(registry->folders);
    free(registry);
}

char *const *rn_registry_folders(const rn_registry *registry)
{
    return registry->folders;
}

static const rn_loaded_plugin *find_loaded(const rn_registry *registry, const char *name)
{
    for (int i = 0; i < registry->n_plugins; i++)
        if (strcmp(registry->plugins[i]->plugin.name, name) == 0)
            return registry->plugins[i];
    return NULL;
}

char *rn_registry_versions(const rn_registry *registry)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    for (int i = 0; i < registry->n_plugins; i++) {
        const rn_plugin *plugin = &registry->plugins[i]->plugin;
        rn_print(stream, "%s %s\n", plugin->name, plugin->version);
    }
    if (!fclose(stream))
        return text;
    free(text);
    return NULL;
}

/* Loads a file and adds it to the registry. */
static rn_status add(rn_registry *registry, const char *path, const rn_loaded_plugin **out)
{
    size_t bytes = ((size_t)registry->n_plugins + 1) * sizeof(rn_loaded_plugin *);
    rn_loaded_plugin **grown = realloc(registry->plugins, bytes);
    if (!grown)
        return rn_fail(RN_E_NOMEM, "no memory for plugin %s", path);
    registry->plugins = grown;
    rn_loaded_plugin *plugin = NULL;
    rn_log(RN_LOG_INFO, "loading plugin %s", path);
    rn_status status = rn_plugin_load(path, &plugin);
    if (status)
        return status;
    rn_log(RN_LOG_INFO, "plugin %s %s from %s", plugin->plugin.name, plugin->plugin.version, path);
    registry->plugins[registry->n_plugins++] = plugin;
    *out = plugin;
    return RN_OK;
}

static rn_status load_path(rn_registry *registry, const char *path, const rn_loaded_plugin **out)
{
    if (path[0] != '/')
        return rn_fail(RN_E_PLUGIN, "plugin \"%s\": give a name or an absolute path", path);
    char *name = rn_plugin_path_name(path);
    const rn_loaded_plugin *loaded = name ? find_loaded(registry, name) : NULL;
    rn_status status = RN_OK;
    if (!name)
        status = rn_fail(RN_E_NOMEM, "no memory for plugin %s", path);
    else if (loaded && strcmp(loaded->path, path) != 0)
        status = rn_fail(RN_E_PLUGIN, "plugin %s: \"%s\" was already loaded from %s", path, name,
                         loaded->path);
    else if (!loaded)
        status = add(registry, path, &loaded);
    free(name);
    *out = loaded;
    return status;
}

static rn_status load_name(rn_registry *registry, const char *name, const rn_loaded_plugin **out)
{
    char *path = NULL;
    *out = find_loaded(registry, name);
    if (*out)
        return RN_OK;
    rn_status status = rn_plugin_path_find(registry->folders, name, &path);
    if (status)
        return status;
    status = add(registry, path, out);
    free(path);
    return status;
}

rn_status rn_registry_load(rn_registry *registry, const char *name, const rn_loaded_plugin **out)
{
    *out = NULL;
    return strchr(name, '/') ? load_path(registry, name, out) : load_name(registry, name, out);
}

rn_status rn_registry_backend(rn_registry *registry, const char *name, const rn_backend **out)
{
    const rn_loaded_plugin *plugin = NULL;
    *out = NULL;
    rn_status status = load_name(registry, name, &plugin);
    if (status)
        return status;
    if (!plugin->plugin.backend)
        return rn_fail(RN_E_PLUGIN, "plugin %s: it has no backend", plugin->path);
    *out = plugin->plugin.backend;
    return RN_OK;
}

/* Whether there is no file of the name. Then rn_fail_text says where it was looked for. */
static bool is_absent(const rn_registry *registry, const char *name)
{
    char *path = NULL;
    bool absent =
        !find_loaded(registry, name) && rn_plugin_path_find(registry->folders, name, &path);
    free(path);
    return absent;
}

rn_status rn_registry_transport(rn_registry *registry, const char *name, const rn_transport **out)
{
    const rn_loaded_plugin *plugin = NULL;
    *out = NULL;
    if (strcmp(name, "mpi") == 0 && is_absent(registry, name))
        return rn_fail(RN_E_PLUGIN,
                       "%s; configure builds it where MPI is installed (Debian: libopenmpi-dev); "
                       "--transport=none runs each process alone",
                       rn_fail_text());
    rn_status status = load_name(registry, name, &plugin);
    if (status)
        return status;
    if (!plugin->transport.size)
        return rn_fail(RN_E_PLUGIN, "plugin %s: it has no transport", plugin->path);
    *out = &plugin->transport;
    return RN_OK;
}

/* Appends "plugin/name" to a list, as long as it fits. */
static void list_name(char *known, size_t size, const char *plugin, const char *name)
{
    size_t used = strlen(known);
    snprintf(known + used, size - used, "%s%s/%s", used ? ", " : "", plugin, name);
}

/* Fails with the list of the blocks that `plugin` has. */
static rn_status fail_unknown_block(const rn_loaded_plugin *plugin, const char *block)
{
    char known[512] = "";
    for (uint32_t i = 0; i < plugin->plugin.n_blocks; i++)
        list_name(known, sizeof known, plugin->plugin.name, plugin->blocks[i].name);
    if (!plugin->plugin.n_blocks)
        return rn_fail(RN_E_CONFIG, "plugin \"%s\" has no blocks", plugin->plugin.name);
    return rn_fail(RN_E_CONFIG, "plugin \"%s\" has no block \"%s\"; it has %s", plugin->plugin.name,
                   block, known);
}

static rn_status find_block(rn_registry *registry, const char *name, const char *block,
                            const rn_block **out)
{
    const rn_loaded_plugin *plugin = NULL;
    rn_status status = load_name(registry, name, &plugin);
    if (status)
        return status;
    for (uint32_t i = 0; i < plugin->plugin.n_blocks; i++) {
        if (strcmp(plugin->blocks[i].name, block) == 0) {
            *out = &plugin->blocks[i];
            return RN_OK;
        }
    }
    return fail_unknown_block(plugin, block);
}

/* A layer with a similar name, or NULL. */
static const char *nearest_layer(const char *name)
{
    const rn_block *const *layers = rn_layers();
    for (int i = 0; layers[i]; i++) {
        const char *const words[] = { layers[i]->name, NULL };
        if (rn_nearest(name, words))
            return layers[i]->name;
    }
    return NULL;
}

/* Finds a layer, or the block that has its plugin's name. */
static rn_status find_simple_name(rn_registry *registry, const char *name, const rn_block **out)
{
    *out = rn_layer_find(name);
    if (*out)
        return RN_OK;
    const char *layer = is_absent(registry, name) ? nearest_layer(name) : NULL;
    if (layer)
        return rn_fail(RN_E_CONFIG, "there is no layer \"%s\"; did you mean \"%s\"?", name, layer);
    return find_block(registry, name, name, out);
}

rn_status rn_registry_block(rn_registry *registry, const char *name, const rn_block **out)
{
    const char *slash = strchr(name, '/');
    *out = NULL;
    if (name[0] == '/' || name[0] == '.' || (slash && strchr(slash + 1, '/')))
        return rn_fail(RN_E_PLUGIN,
                       "block \"%s\": a path is never loaded for a block; write PLUGIN/BLOCK, and "
                       "name the plugin's folder with --plugin-path",
                       name);
    if (!slash)
        return find_simple_name(registry, name, out);
    char *plugin = strndup(name, (size_t)(slash - name));
    if (!plugin)
        return rn_fail(RN_E_NOMEM, "no memory for block \"%s\"", name);
    rn_status status = find_block(registry, plugin, slash + 1, out);
    free(plugin);
    return status;
}

static rn_status fail_unknown_op(const rn_loaded_plugin *plugin, const char *op)
{
    char known[512] = "";
    for (uint32_t i = 0; i < plugin->n_ops; i++)
        list_name(known, sizeof known, plugin->plugin.name, plugin->ops[i].op.name);
    if (!plugin->n_ops)
        return rn_fail(RN_E_CONFIG, "plugin \"%s\" has no operators", plugin->plugin.name);
    return rn_fail(RN_E_CONFIG, "plugin \"%s\" has no operator \"%s\"; it has %s",
                   plugin->plugin.name, op, known);
}

rn_status rn_registry_op(rn_registry *registry, const char *name, const rn_loaded_op **out)
{
    const rn_loaded_plugin *plugin = NULL;
    const char *slash = strchr(name, '/');
    *out = NULL;
    if (!slash)
        return rn_fail(RN_E_CONFIG, "operator \"%s\": expected \"plugin/op\"", name);
    char *plugin_name = strndup(name, (size_t)(slash - name));
    if (!plugin_name)
        return rn_fail(RN_E_NOMEM, "no memory for operator \"%s\"", name);
    rn_status status = load_name(registry, plugin_name, &plugin);
    free(plugin_name);
    if (status)
        return status;
    for (uint32_t i = 0; i < plugin->n_ops; i++)
        if (strcmp(plugin->ops[i].name, name) == 0) {
            *out = &plugin->ops[i];
            return RN_OK;
        }
    return fail_unknown_op(plugin, slash + 1);
}

/* True if a file of the same name is already in the list. */
static bool is_listed(char *const *paths, int count, const char *path)
{
    const char *base = strrchr(path, '/');
    for (int i = 0; i < count; i++)
        if (strcmp(strrchr(paths[i], '/'), base) == 0)
            return true;
    return false;
}

/* Appends a folder's paths to `list`, except those shadowed by an earlier folder. */
static rn_status list_folder(const char *folder, char ***list, int *count)
{
    char **paths = NULL;
    int n_paths = 0;
    rn_status status = rn_plugin_path_list(folder, &paths);
    if (status)
        return status;
    while (paths[n_paths])
        n_paths++;
    char **grown = realloc(*list, ((size_t)*count + (size_t)n_paths + 1) * sizeof *grown);
    if (!grown) {
        rn_plugin_path_destroy(paths);
        return rn_fail(RN_E_NOMEM, "no memory for the list of plugins");
    }
    *list = grown;
    int n_before = *count;
    for (int i = 0; i < n_paths; i++)
        if (is_listed(grown, n_before, paths[i]))
            free(paths[i]);
        else
            grown[(*count)++] = paths[i];
    grown[*count] = NULL;
    free(paths);
    return RN_OK;
}

rn_status rn_registry_list(rn_registry *registry, char ***out, int *count)
{
    char **list = NULL;
    *out = NULL;
    *count = 0;
    for (int i = 0; registry->folders[i]; i++) {
        rn_status status = list_folder(registry->folders[i], &list, count);
        if (status) {
            rn_plugin_path_destroy(list);
            *count = 0;
            return status;
        }
    }
    *out = list;
    return RN_OK;
}
