/* config.c: a cfg from file to typed values: load, merge, command line, check. */
#define _GNU_SOURCE /* asprintf */
#include "config/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr.h"
#include "config/config_keys.h"

static void *field(rn_config *config, size_t offset)
{
    return (char *)config + offset;
}

/* Stores a checked value. A string is borrowed from the tree, or from the table if it is a default.
 */
static void store(rn_config *config, const rn_config_key *key, const rn_setting *value,
                  const rn_tree *origin)
{
    void *to = field(config, key->offset);
    if (key->attr.type == RN_ATTR_INT)
        *(int64_t *)to = value->int_value[0];
    else if (key->attr.type == RN_ATTR_FLOAT)
        *(double *)to = value->float_value;
    else if (key->attr.type == RN_ATTR_BOOL)
        *(bool *)to = value->int_value[0] != 0;
    else if (key->attr.type == RN_ATTR_CHOICE)
        *(int32_t *)to = rn_word_by_text(key->words, value->text_value)->value;
    else
        *(const char **)to = origin ? origin->text_value : key->attr.default_text;
}

static rn_status store_element(rn_config *config, const rn_config_key *key, const rn_tree *node,
                               int i, const char *owner)
{
    rn_setting value;
    rn_status status = rn_attr_check(&key->attr, node, owner, &value);
    if (status)
        return status;
    if (key->attr.type == RN_ATTR_INT)
        ((int64_t *)field(config, key->offset))[i] = value.int_value[0];
    else
        ((double *)field(config, key->offset))[i] = value.float_value;
    return RN_OK;
}

/* One number, or an array of them. */
static rn_status store_array(rn_config *config, const rn_config_key *key, const rn_tree *node,
                             const char *owner)
{
    int64_t *count = field(config, key->count_offset);
    bool many = node->type == RN_TREE_ARRAY || node->type == RN_TREE_LIST;
    *count = many ? node->n_children : 1;
    if (*count < 1 || *count > key->capacity)
        return rn_tree_fail(node, "%s: %s: found %d numbers, expected from 1 to %d", owner,
                            key->attr.name, node->n_children, key->capacity);
    rn_status status = RN_OK;
    for (int i = 0; i < *count && !status; i++)
        status = store_element(config, key, many ? node->children[i] : node, i, owner);
    return status;
}

static rn_status store_arrays(rn_config *config, const rn_config_section *section,
                              const rn_tree *group)
{
    rn_status status = RN_OK;
    for (uint32_t i = 0; i < section->n_arrays && !status; i++) {
        const rn_config_key *key = &section->arrays[i];
        const rn_tree *node = rn_tree_get(group, key->attr.name);
        if (node) {
            status = store_array(config, key, node, section->path);
        } else if (key->attr.default_text) {
            *(int64_t *)field(config, key->count_offset) = 1;
            *(double *)field(config, key->offset) = strtod(key->attr.default_text, NULL);
        }
    }
    return status;
}

/* Finds "network.input" in the tree. A section that is not there is an empty group, whose missing
 * keys are missed in the section around it. */
static rn_status find_section(const rn_tree *root, const char *path, rn_tree *empty,
                              const rn_tree **out)
{
    const rn_tree *at = root;
    const char *start = path;
    while (*path && at != empty) {
        size_t length = strcspn(path, ".");
        char key[32];
        snprintf(key, sizeof key, "%.*s", (int)length, path);
        const rn_tree *next = rn_tree_get(at, key);
        if (next && next->type != RN_TREE_GROUP)
            return rn_tree_fail(next, "%.*s: found %s, expected a group { ... }",
                                (int)(path - start + (int)length), start,
                                rn_tree_type_name(next->type));
        *empty = (rn_tree){ .type = RN_TREE_GROUP, .file = at->file, .line = at->line };
        at = next ? next : empty;
        path += length + (path[length] == '.');
    }
    *out = at;
    return RN_OK;
}

static rn_status read_section(rn_config *config, const rn_config_section *section)
{
    rn_tree empty;
    const rn_tree *group = NULL;
    rn_attrs *attrs = NULL;
    rn_status status = find_section(config->tree, section->path, &empty, &group);
    if (!status)
        status = rn_attrs_from_tree(&section->keys->attr, section->n_keys, group, section->others,
                                    section->path, &attrs);
    if (!status)
        status = store_arrays(config, section, group);
    for (uint32_t i = 0; i < section->n_keys && !status; i++)
        store(config, &section->keys[i], &attrs->values[i], attrs->origins[i]);
    rn_attrs_destroy(attrs);
    return status;
}

/* The node of a value, for messages about how values fit together; the root where it is a default.
 */
static const rn_tree *origin(const rn_config *config, const char *section, const char *key)
{
    const rn_tree *node = rn_tree_get(rn_tree_get(config->tree, section), key);
    return node ? node : config->tree;
}

static bool is_plugin_name(const char *name, bool with_block)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    size_t length = strspn(name, letters);
    if (with_block && length > 0 && name[length] == '/') {
        name += length + 1;
        length = strspn(name, letters);
    }
    return length > 0 && !name[length];
}

/* A cfg may come from anywhere, so it names plugins and never says where their code lies. */
static rn_status check_layer(const rn_tree *layer, int i)
{
    if (layer->type != RN_TREE_GROUP)
        return rn_tree_fail(
            layer, "network: layers: element %d: found %s, expected a group { block = ...; }",
            i + 1, rn_tree_type_name(layer->type));
    const rn_tree *block = rn_tree_get(layer, "block");
    if (!block)
        return rn_tree_fail(
            layer, "network: layers: element %d: block is missing, expected the name of a block",
            i + 1);
    if (block->type != RN_TREE_STRING)
        return rn_tree_fail(
            block, "network: layers: element %d: block: found %s, expected the name of a block",
            i + 1, rn_tree_type_name(block->type));
    if (!is_plugin_name(block->text_value, true))
        return rn_tree_fail(
            block,
            "network: layers: element %d: block: found \"%s\", expected the name of a "
            "layer (\"conv2d\") or PLUGIN/BLOCK (\"residual/basic\")",
            i + 1, block->text_value);
    return RN_OK;
}

static rn_status check_layers(rn_config *config)
{
    const rn_tree *network = rn_tree_get(config->tree, "network");
    const rn_tree *layers = rn_tree_get(network, "layers");
    config->network.layers = layers;
    if (!layers)
        return rn_tree_fail(
            network, "network: layers is missing, expected a list ( ... ) of layers, or arch");
    if (layers->type != RN_TREE_LIST || layers->n_children == 0)
        return rn_tree_fail(layers,
                            "network: layers: found %s%s, expected a list ( ... ) of layers",
                            layers->n_children ? "" : "nothing in ",
                            rn_tree_type_name(layers->type));
    rn_status status = RN_OK;
    for (int i = 0; i < layers->n_children && !status; i++)
        status = check_layer(layers->children[i], i);
    return status;
}

static rn_status check_schedule(const rn_config *config)
{
    const int64_t *m = config->train.milestones;
    const rn_tree *milestones = origin(config, "train", "milestones");
    if (config->train.schedule == RN_SCHEDULE_STEP && config->train.n_milestones == 0)
        return rn_tree_fail(
            origin(config, "train", "schedule"),
            "train: schedule: found \"step\" without milestones, expected milestones = [ ... ]");
    for (int64_t i = 1; i < config->train.n_milestones; i++)
        if (m[i] <= m[i - 1])
            return rn_tree_fail(milestones,
                                "train: milestones: found %" PRId64 " after %" PRId64
                                ", expected increasing epochs",
                                m[i], m[i - 1]);
    if (config->train.nesterov && config->train.momentum <= 0)
        return rn_tree_fail(
            origin(config, "train", "nesterov"),
            "train: nesterov: found true with momentum 0, expected a momentum above 0");
    return RN_OK;
}

static rn_status check_per_channel(const rn_config *config, const char *key, int64_t count)
{
    if (count == 1 || count == config->network.channels)
        return RN_OK;
    return rn_tree_fail(origin(config, "data", key),
                        "data: %s: found %" PRId64
                        " numbers, expected 1, or one for each of the %" PRId64
                        " channels of network.input",
                        key, count, config->network.channels);
}

static rn_status check_together(rn_config *config)
{
    const rn_tree *backend = origin(config, "backend", "name");
    bool from_cfg = strcmp(backend->file, "--set") != 0;
    if (from_cfg && !is_plugin_name(config->backend.name, false))
        return rn_tree_fail(
            backend, "backend: name: found \"%s\", expected a bare name such as \"cpu_blas\"",
            config->backend.name);
    rn_status status = check_layers(config);
    if (!status)
        status = check_schedule(config);
    if (!status)
        status = check_per_channel(config, "mean", config->data.n_mean);
    if (!status)
        status = check_per_channel(config, "std", config->data.n_std);
    return status;
}

static const char name_letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+. ";

/* name and run.output come from the file's name where nobody gave them. */
static rn_status name_run(rn_config *config)
{
    const rn_tree *named = rn_tree_get(config->tree, "name");
    if (!*config->name) {
        const char *slash = strrchr(config->path, '/');
        char *name = strdup(slash ? slash + 1 : config->path);
        char *dot = name ? strrchr(name, '.') : NULL;
        if (dot && dot != name)
            *dot = 0;
        for (char *c = name; c && *c; c++)
            if (!strchr(name_letters, *c) || (c == name && *c == '.'))
                *c = '_';
        rn_status status = name ? rn_tree_put(config->tree, "name", name) : rn_tree_no_memory();
        free(name);
        if (status)
            return status;
        config->name = rn_tree_get(config->tree, "name")->text_value;
    } else if (config->name[strspn(config->name, name_letters)] || *config->name == '.') {
        return rn_tree_fail(
            named,
            "name: found \"%s\", expected letters, digits and _ - + . or a space, and "
            "no . at the beginning",
            config->name);
    }
    if (*config->run.output)
        return RN_OK;
    char *output = NULL;
    if (asprintf(&output, "runs/%s", config->name) < 0)
        return rn_tree_no_memory();
    rn_status status = rn_tree_put(config->tree, "default output", output);
    free(output);
    config->run.output = status ? NULL : rn_tree_get(config->tree, "default output")->text_value;
    return status;
}

rn_status rn_config_load(const char *path, const char *const *settings, int n_settings,
                         rn_config **out)
{
    *out = NULL;
    rn_config *config = calloc(1, sizeof *config);
    rn_status status = config && (config->path = strdup(rn_tree_source(path)))
                           ? rn_tree_load(path, &config->tree)
                           : rn_tree_no_memory();
    for (int i = 0; i < n_settings && !status; i++)
        status = rn_tree_set(config->tree, settings[i]);
    if (!status)
        status = rn_tree_arch(&config->tree);
    for (const rn_config_section *section = rn_config_sections; section->keys && !status; section++)
        status = read_section(config, section);
    if (!status)
        status = check_together(config);
    if (!status)
        status = name_run(config);
    if (status)
        rn_config_destroy(config);
    else
        *out = config;
    return status;
}

void rn_config_destroy(rn_config *config)
{
    if (!config)
        return;
    rn_tree_destroy(config->tree);
    free(config->path);
    free(config);
}
