/* net.c: builds a graph from network.layers. An entry of that list is either a layer,
 *     { block = "conv2d"; name = "conv1"; channels = 64; kernel = 7; stride = 2; padding = 3; }
 * or a stage of equal blocks, the first of which may differ,
 *     { stage = "layer2"; block = "residual/basic"; repeat = 2; channels = 128;
 *       first = { stride = 2; }; }
 * It reads the result of the entry before it, or of those that a layer's key `input` names. */
#include "graph/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr.h"
#include "graph/inputs.h"

#define MAX_REPEAT 10000

static const rn_attr entry_rows[] = {
    RN_ATTR_ROW(STRING, "block", NULL, 0, 0, "", NULL, "what to build: plugin/block, or a layer"),
    RN_ATTR_ROW(STRING, "name", "", 0, 0, "", NULL, "prefix of its parameters; default: the block"),
    RN_ATTR_ROW(STRING, "stage", "", 0, 0, "", NULL,
                "name of a stage; blocks are STAGE.0, STAGE.1 …"),
    RN_ATTR_ROW(INT, "repeat", "1", 1, MAX_REPEAT, "blocks", NULL, "blocks in the stage"),
};
enum { N_ENTRY_ROWS = sizeof entry_rows / sizeof *entry_rows };

/* The keys of an entry that are not attributes of its block. */
static const char *const entry_keys[] = { "block", "name",        "stage", "repeat",
                                          "first", RN_INPUTS_KEY, NULL };

typedef struct entry {
    const rn_tree *tree;
    const char *block_name, *name, *stage;
    int64_t repeat;
    const rn_block *block;
} entry;

typedef struct net {
    const rn_net_params *params;
    rn_dag *dag;
    rn_value *x;
} net;

/* A copy of the entry with only the keys in entry_rows, so that rn_attrs_from_tree can check them;
 * NULL if there is no memory. */
static rn_tree *copy_entry_keys(const rn_tree *tree)
{
    rn_tree *copy = rn_tree_copy(tree);
    int kept = 0;
    for (int i = 0; copy && i < copy->n_children; i++) {
        rn_tree *child = copy->children[i];
        bool is_entry_key = false;
        for (int k = 0; k < N_ENTRY_ROWS; k++)
            is_entry_key = is_entry_key || strcmp(child->key, entry_rows[k].name) == 0;
        if (is_entry_key)
            copy->children[kept++] = child;
        else
            rn_tree_destroy(child);
    }
    if (copy)
        copy->n_children = kept;
    return copy;
}

static const char *text_of(const rn_tree *tree, const char *key)
{
    const rn_tree *value = rn_tree_get(tree, key);
    return value ? value->text_value : "";
}

/* A key in `first` that only the entry may have, or NULL. */
static const char *find_entry_key(const rn_tree *first)
{
    for (int i = 0; entry_keys[i]; i++)
        if (rn_tree_get(first, entry_keys[i]))
            return entry_keys[i];
    return NULL;
}

static rn_status check_name(const entry *e)
{
    const char *name = e->stage[0] ? e->stage : e->name;
    if (rn_dag_name_is_valid(name))
        return RN_OK;
    return rn_fail(RN_E_CONFIG, "%s:%d: %s: found \"%s\", expected letters, digits and _ - .",
                   e->tree->file, e->tree->line, e->stage[0] ? "stage" : "name", name);
}

static rn_status check_first(const rn_tree *first)
{
    if (first->type != RN_TREE_GROUP)
        return rn_fail(RN_E_CONFIG, "%s:%d: first: expected a group { … }, found %s", first->file,
                       first->line, rn_tree_type_name(first->type));
    const char *entry_key = find_entry_key(first);
    if (entry_key)
        return rn_fail(RN_E_CONFIG,
                       "%s:%d: first: \"%s\" belongs to the whole stage; first holds "
                       "attributes of the first block",
                       first->file, first->line, entry_key);
    return RN_OK;
}

static rn_status check_entry(const entry *e)
{
    const rn_tree *tree = e->tree, *first = rn_tree_get(tree, "first");
    bool is_stage = e->stage[0];
    const rn_tree *input = rn_tree_get(tree, RN_INPUTS_KEY);
    if (first) {
        rn_status status = check_first(first);
        if (status)
            return status;
    }
    if (!is_stage && (first || rn_tree_get(tree, "repeat")))
        return rn_fail(RN_E_CONFIG, "%s:%d: repeat and first belong to a stage; add stage = \"…\"",
                       tree->file, tree->line);
    if (is_stage && input)
        return rn_tree_fail(input, RN_INPUTS_KEY ": a stage reads the layer before it; give "
                                                 "input to a layer");
    if (is_stage && e->name[0])
        return rn_fail(RN_E_CONFIG, "%s:%d: give either name or stage, not both", tree->file,
                       tree->line);
    return check_name(e);
}

static rn_status find_entry_block(const net *n, entry *e)
{
    rn_status status = check_entry(e);
    if (status)
        return status;
    return rn_registry_block(n->params->registry, e->block_name, &e->block);
}

static rn_status read_entry(net *n, const rn_tree *tree, entry *e)
{
    *e = (entry){ .tree = tree, .repeat = 1 };
    if (tree->type != RN_TREE_GROUP)
        return rn_fail(RN_E_CONFIG, "%s:%d: a layer is a group { block = \"…\"; … }, found %s",
                       tree->file, tree->line, rn_tree_type_name(tree->type));
    rn_attrs *checked = NULL;
    rn_tree *keys = copy_entry_keys(tree);
    if (!keys)
        return rn_fail(RN_E_NOMEM, "no memory for the layers");
    rn_status status = rn_attrs_from_tree(entry_rows, N_ENTRY_ROWS, keys, NULL, "layer", &checked);
    if (status)
        goto done;
    e->block_name = text_of(tree, "block");
    e->stage = text_of(tree, "stage");
    e->name = text_of(tree, "name");
    e->repeat = rn_attrs_find(checked, "repeat")->int_value[0];
    status = find_entry_block(n, e);
    if (status && !strstr(rn_fail_text(), tree->file))
        rn_fail_at(status, "%s:%d", tree->file, tree->line);
done:
    rn_attrs_destroy(checked);
    rn_tree_destroy(keys);
    return status;
}

/* The entry, overridden by the keys of `first`. */
static rn_status merge_first(const rn_tree *tree, const rn_tree *first, rn_tree **out)
{
    rn_tree *merged = rn_tree_copy(tree);
    rn_tree *overrides = rn_tree_copy(first);
    if (!merged || !overrides) {
        rn_tree_destroy(merged);
        rn_tree_destroy(overrides);
        return rn_fail(RN_E_NOMEM, "no memory for the layers");
    }
    rn_status status = rn_tree_merge(merged, overrides);
    if (status) {
        rn_tree_destroy(merged);
        return status;
    }
    *out = merged;
    return RN_OK;
}

static bool is_path_taken(const rn_dag *dag, const char *path)
{
    const rn_name *found = rn_names_find(&dag->names, path);
    return found && (found->is_path || found->layer);
}

/* The path of block i of a stage is STAGE.i; that of a layer is its name or, without one, its
 * block's name, numbered from the second on. */
static void make_path(const net *n, const entry *e, int64_t i, char *path, size_t size)
{
    if (e->stage[0]) {
        snprintf(path, size, "%s.%lld", e->stage, (long long)i);
        return;
    }
    if (e->name[0]) {
        snprintf(path, size, "%s", e->name);
        return;
    }
    const char *slash = strrchr(e->block_name, '/');
    const char *base = slash ? slash + 1 : e->block_name;
    snprintf(path, size, "%s", base);
    rn_name *first = rn_names_find(&n->dag->names, base);
    while (first && is_path_taken(n->dag, path))
        snprintf(path, size, "%s%d", base, ++first->path_number);
}

/* Sets the dag's location, e.g. "resnet20.cfg:31: stage layer2, block 1 (residual/basic)". */
static rn_status set_location(net *n, const entry *e, int64_t i, const char *path)
{
    char text[1024];
    if (e->stage[0])
        snprintf(text, sizeof text, "%s:%d: stage %s, block %lld (%s)", e->tree->file,
                 e->tree->line, e->stage, (long long)i, e->block_name);
    else
        snprintf(text, sizeof text, "%s:%d: layer %s (%s)", e->tree->file, e->tree->line, path,
                 e->block_name);
    free(n->dag->location);
    n->dag->location = strdup(text);
    return n->dag->location ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the layers");
}

/* Builds the block under its path, on what it reads. */
static rn_status build_on_inputs(net *n, const entry *e, char *path, const rn_attrs *attrs)
{
    char plugin[256];
    rn_inputs inputs;
    rn_status status = rn_inputs_find(n->dag, e->tree, e->block_name, n->x, &inputs);
    if (status)
        return status;
    status = rn_dag_begin_layer(n->dag, path, e->block_name);
    if (status)
        return status;
    rn_block_plugin(e->block_name, plugin, sizeof plugin);
    n->dag->plugin = plugin;
    n->x = inputs.count > 1 ? rn_inputs_join(n->dag, e->block_name, path, &inputs)
                            : rn_dag_block(n->dag, e->block, attrs, path, inputs.values[0]);
    n->dag->plugin = NULL;
    rn_dag_end_layer(n->dag, n->x);
    return n->dag->status;
}

/* Builds a layer, or block i of a stage. */
static rn_status build_block(net *n, const entry *e, int64_t i)
{
    char path[256], owner[320];
    const rn_tree *tree = e->tree;
    rn_tree *merged = NULL;
    rn_attrs *attrs = NULL;
    rn_status status = RN_OK;
    const rn_tree *first = rn_tree_get(tree, "first");
    make_path(n, e, i, path, sizeof path);
    if (first && i == 0) {
        status = merge_first(tree, first, &merged);
        if (status)
            goto done;
    }
    status = set_location(n, e, i, path);
    if (status)
        goto done;
    snprintf(owner, sizeof owner, "block \"%s\"", e->block_name);
    status = rn_attrs_from_tree(e->block->attrs, e->block->n_attrs, merged ? merged : tree,
                                entry_keys, owner, &attrs);
    if (status)
        goto done;
    status = build_on_inputs(n, e, path, attrs);
done:
    rn_attrs_destroy(attrs);
    rn_tree_destroy(merged);
    return status;
}

static rn_status build_entry(net *n, const rn_tree *tree)
{
    entry e;
    rn_status status = read_entry(n, tree, &e);
    if (status)
        return status;
    for (int64_t i = 0; i < e.repeat; i++) {
        status = build_block(n, &e, i);
        if (status)
            return status;
    }
    return RN_OK;
}

static rn_status find_block(void *context, const char *name, const rn_block **block)
{
    return rn_registry_block(context, name, block);
}

static rn_status build_layers(net *n)
{
    const rn_config *config = n->params->config;
    int64_t height = n->params->height ? n->params->height : config->network.height;
    int64_t width = n->params->width ? n->params->width : config->network.width;
    const int64_t shape[4] = { n->params->batch, config->network.channels, height, width };
    rn_tensor_desc images = rn_desc_make(RN_F32, 4, shape);
    n->dag->find_block = find_block;
    n->dag->find_block_context = n->params->registry;
    n->dag->n_classes = config->network.classes;
    n->x = n->dag->images = rn_dag_input(n->dag, "images", &images);
    if (n->dag->status)
        return n->dag->status;
    const rn_tree *layers = config->network.layers;
    for (int i = 0; i < layers->n_children; i++) {
        rn_status status = build_entry(n, layers->children[i]);
        if (status)
            return status;
    }
    n->dag->logits = n->x;
    return RN_OK;
}

/* Appends the loss and its input of labels. */
static rn_status build_loss(net *n)
{
    const rn_config *config = n->params->config;
    rn_dag *dag = n->dag;
    bool soft = n->params->soft_labels;
    const int64_t shape[] = { n->params->batch, config->network.classes };
    rn_tensor_desc labels = rn_desc_make(soft ? RN_F32 : RN_I32, soft ? 2 : 1, shape);
    rn_cross_entropy_attrs attrs = { .size = sizeof attrs,
                                     .label_smoothing =
                                         n->params->training ? config->train.label_smoothing : 0 };
    rn_node *node = NULL;
    dag->labels = rn_dag_input(dag, "labels", &labels);
    if (dag->status)
        return dag->status;
    rn_value *inputs[] = { [RN_SOFTMAX_CROSS_ENTROPY_LOGITS] = dag->logits,
                           [RN_SOFTMAX_CROSS_ENTROPY_LABELS] = dag->labels };
    rn_status status = rn_dag_op(dag, soft ? "soft_cross_entropy" : "softmax_cross_entropy", "loss",
                                 &attrs, inputs, RN_SOFTMAX_CROSS_ENTROPY_N_INPUTS, &node);
    if (status)
        return status;
    dag->loss = node->outputs[RN_SOFTMAX_CROSS_ENTROPY_LOSS];
    dag->probabilities = node->outputs[RN_SOFTMAX_CROSS_ENTROPY_PROBABILITIES];
    return RN_OK;
}

/* Appends the loss if there are labels, otherwise softmax. */
static rn_status build_head(net *n)
{
    const rn_config *config = n->params->config;
    const rn_tree *layers = config->network.layers;
    rn_dag *dag = n->dag;
    const rn_tensor_desc *logits = &dag->logits->desc;
    rn_node *node = NULL;
    if (logits->rank != 2 || logits->shape[1] != config->network.classes)
        return rn_fail(RN_E_SHAPE,
                       "%s:%d: the network ends in %s, expected (%lld, %lld): one score "
                       "for each of network.classes; end it with a linear layer",
                       layers->file, layers->line, RN_DESC_STRING(logits),
                       (long long)n->params->batch, (long long)config->network.classes);
    if (n->params->has_labels)
        return build_loss(n);
    rn_status status = rn_dag_op(dag, "softmax", "softmax", NULL, &dag->logits, 1, &node);
    if (status)
        return status;
    dag->probabilities = node->outputs[RN_SOFTMAX_Y];
    return RN_OK;
}

rn_status rn_net_build(const rn_net_params *params, rn_dag **out)
{
    net n = { .params = params };
    rn_status status = rn_dag_create(params->training, params->mask_dtype, &n.dag);
    if (status)
        return status;
    status = build_layers(&n);
    if (status)
        goto done;
    status = build_head(&n);
    if (status)
        goto done;
    *out = n.dag;
    n.dag = NULL;
done:
    rn_dag_destroy(n.dag);
    return status;
}
