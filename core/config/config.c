/* config.c: from a cfg's tree to typed values: the rows of config_keys.c, then the checks that
 * concern several keys. */
#define _GNU_SOURCE /* asprintf */
#include "config/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/status.h"
#include "config/attr.h"
#include "config/config_keys.h"
#include "config/config_name.h"
#include "config/growth.h"
#include "config/optimizer.h"
#include "config/schedule_keys.h"
#include "config/study_keys.h"
#include "config/train_sizes.h"
#include "config/variants.h"

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

/* Stores one number, or an array of them. */
static rn_status store_array(rn_config *config, const rn_config_key *key, const rn_tree *node,
                             const char *owner)
{
    int64_t *count = field(config, key->count_offset);
    bool many = node->type == RN_TREE_ARRAY || node->type == RN_TREE_LIST;
    *count = many ? node->n_children : 1;
    if (*count < 1 || *count > key->capacity)
        return rn_tree_fail(node, "%s: %s: found %d numbers, expected from 1 to %d", owner,
                            key->attr.name, node->n_children, key->capacity);
    for (int i = 0; i < *count; i++) {
        rn_status status = store_element(config, key, many ? node->children[i] : node, i, owner);
        if (status)
            return status;
    }
    return RN_OK;
}

static rn_status store_arrays(rn_config *config, const rn_config_section *section,
                              const rn_tree *group)
{
    for (uint32_t i = 0; i < section->n_arrays; i++) {
        const rn_config_key *key = &section->arrays[i];
        const rn_tree *node = rn_tree_get(group, key->attr.name);
        rn_status status = RN_OK;
        if (node) {
            status = store_array(config, key, node, section->path);
        } else if (key->attr.default_text) {
            *(int64_t *)field(config, key->count_offset) = 1;
            *(double *)field(config, key->offset) = strtod(key->attr.default_text, NULL);
        }
        if (status)
            return status;
    }
    return RN_OK;
}

/* Finds a section, "network.input", in the tree. One that is missing is `empty`, a group without
 * children; messages about its missing keys then give the line of the section around it. */
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
    if (status)
        return status;
    status = rn_attrs_from_tree(&section->keys->attr, section->n_keys, group, section->others,
                                section->path, &attrs);
    if (status)
        return status;
    for (uint32_t i = 0; i < section->n_keys; i++)
        store(config, &section->keys[i], &attrs->values[i], attrs->origins[i]);
    rn_attrs_destroy(attrs);
    return store_arrays(config, section, group);
}

/* The node that a value comes from, for messages about several keys; for a default, the root. */
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

/* A cfg may come from anybody, so it may name plugins but not the files that hold their code. */
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
    for (int i = 0; i < layers->n_children; i++) {
        rn_status status = check_layer(layers->children[i], i);
        if (status)
            return status;
    }
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

static rn_status check_weight_names(rn_config *config)
{
    const rn_tree *names = rn_tree_get(rn_tree_get(config->tree, "network"), "weight_names");
    config->network.weight_names = names;
    if (names && names->type != RN_TREE_LIST)
        return rn_tree_fail(names,
                            "network: weight_names: found %s, expected a list ( ... ) of groups "
                            "{ file = ...; network = ...; }",
                            rn_tree_type_name(names->type));
    return RN_OK;
}

/* The lists themselves are checked by data/pipeline.c, against the transforms' tables. */
static rn_status check_data(rn_config *config)
{
    const rn_tree *transforms = rn_tree_get(rn_tree_get(config->tree, "data"), "transforms");
    config->data.transforms = transforms;
    if (transforms && transforms->type != RN_TREE_GROUP)
        return rn_tree_fail(transforms,
                            "data: transforms: found %s, expected a group { train = ...; "
                            "validation = ...; }",
                            rn_tree_type_name(transforms->type));
    rn_status status = check_per_channel(config, "mean", config->data.n_mean);
    if (status)
        return status;
    return check_per_channel(config, "std", config->data.n_std);
}

/* The ranks whose batch norms are synchronised: all, one, a number of them, or not said. */
static rn_status check_norms(rn_config *config)
{
    const char *text = config->train.synchronise_norms;
    int64_t *group = &config->train.norm_group;
    char *end = NULL;
    *group = strcmp(text, "all") == 0 ? -1 : strcmp(text, "device") == 0;
    if (*group || !*text)
        return RN_OK;
    *group = strtol(text, &end, 10);
    if (*text >= '1' && *text <= '9' && !*end && *group <= 1000000)
        return RN_OK;
    return rn_tree_fail(origin(config, "train", "synchronise_norms"),
                        "train: synchronise_norms: found \"%.80s\", expected \"all\", "
                        "\"device\" or a number of devices, such as \"4\"",
                        text);
}

static rn_status check_end(rn_config *config)
{
    bool by_average =
        config->train.best == RN_BEST_EMA_ACCURACY || config->train.best == RN_BEST_EMA_LOSS;
    if (by_average && config->train.ema_decay == 0)
        return rn_tree_fail(origin(config, "train", "best"),
                            "train: best: found \"%s\" without averages of the weights, expected "
                            "an ema_decay above 0",
                            rn_config_word(config, "train.best"));
    rn_status status = check_norms(config);
    if (status)
        return status;
    const char *time = config->train.max_time;
    if (*time && !rn_duration_read(time, &config->train.max_time_s))
        return rn_tree_fail(origin(config, "train", "max_time"),
                            "train: max_time: found \"%s\", expected a time such as \"90m\", "
                            "\"1h30m\" or \"2d\"",
                            time);
    if (config->train.stop_after && config->train.best == RN_BEST_NONE)
        return rn_tree_fail(origin(config, "train", "stop_after"),
                            "train: stop_after: found %" PRId64 " with best \"none\", expected a "
                            "metric there to stop by",
                            config->train.stop_after);
    return RN_OK;
}

/* Checks what concerns several keys. */
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
        status = check_weight_names(config);
    if (!status)
        status = rn_schedule_check(config);
    if (!status)
        status = rn_optimizer_check(config);
    if (!status)
        status = rn_study_check(config);
    if (!status)
        status = rn_train_sizes_read(config);
    if (!status)
        status = rn_growth_read(config);
    if (!status)
        status = check_end(config);
    return status ? status : check_data(config);
}

static rn_status apply_settings(rn_config *config, const rn_config_source *source)
{
    rn_status status = RN_OK;
    for (int i = 0; i < source->n_settings && !status; i++)
        status = rn_tree_set(config->tree, source->settings[i]);
    return status;
}

/* The command line has the last word, on what a variant changes and on the variants themselves. */
static rn_status apply_source(rn_config *config, const rn_config_source *source)
{
    rn_status status = apply_settings(config, source);
    if (status || !source->variant)
        return status;
    status = rn_variants_apply(config->tree, source->variant);
    return status ? status : apply_settings(config, source);
}

static rn_status load(rn_config *config, const rn_config_source *source)
{
    config->path = strdup(rn_tree_source(source->path));
    if (!config->path)
        return rn_tree_no_memory();
    rn_status status = source->text ? rn_tree_load_text(source->path, source->text, &config->tree)
                                    : rn_tree_load(source->path, &config->tree);
    if (status)
        return status;
    status = apply_source(config, source);
    if (status)
        return status;
    status = rn_tree_arch(&config->tree);
    if (status)
        return status;
    for (const rn_config_section *section = rn_config_sections; section->keys; section++) {
        status = read_section(config, section);
        if (status)
            return status;
    }
    status = check_together(config);
    if (status)
        return status;
    return rn_config_name(config);
}

rn_status rn_config_load_source(const rn_config_source *source, rn_config **out)
{
    *out = NULL;
    rn_config *config = calloc(1, sizeof *config);
    if (!config)
        return rn_tree_no_memory();
    rn_status status = load(config, source);
    if (status)
        rn_config_destroy(config);
    else
        *out = config;
    return status;
}

rn_status rn_config_load(const char *path, const char *const *settings, int n_settings,
                         rn_config **out)
{
    return rn_config_load_source(
        &(rn_config_source){ .path = path, .settings = settings, .n_settings = n_settings }, out);
}

void rn_config_destroy(rn_config *config)
{
    if (!config)
        return;
    rn_tree_destroy(config->tree);
    if (!config->borrows)
        free(config->train.groups);
    free(config->path);
    free(config);
}
