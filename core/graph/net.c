/* net.c: walks network.layers, a block at a time. An entry is either one layer,
 *     { block = "conv2d"; name = "conv1"; channels = 64; kernel = 7; stride = 2; padding = 3; }
 * or a stage of equal blocks, of which the first may differ,
 *     { stage = "layer2"; block = "residual/basic"; repeat = 2; channels = 128;
 *       first = { stride = 2; }; } */
#include "graph/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr.h"

#define MAX_REPEAT 10000

static const rn_attr entry_rows[] = {
    RN_ATTR_ROW(STRING, "block", NULL, 0, 0, "", NULL, "what to build: plugin/block, or a layer"),
    RN_ATTR_ROW(STRING, "name", "", 0, 0, "", NULL, "prefix of its parameters; default: the block"),
    RN_ATTR_ROW(STRING, "stage", "", 0, 0, "", NULL,
                "name of a stage; blocks are STAGE.0, STAGE.1 …"),
    RN_ATTR_ROW(INT, "repeat", "1", 1, MAX_REPEAT, "blocks", NULL, "blocks in the stage"),
};
enum { N_ENTRY_ROWS = sizeof entry_rows / sizeof *entry_rows };

/* Keys that are the entry's own, not the block's. */
static const char *const entry_keys[] = { "block", "name", "stage", "repeat", "first", NULL };

/* One entry, read. */
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

/* A copy of the entry's own keys alone, so that rn_attrs_from_tree can check them. */
static rn_tree *own_keys(const rn_tree *tree)
{
    rn_tree *copy = rn_tree_copy(tree);
    int kept = 0;
    for (int i = 0; copy && i < copy->n_children; i++) {
        rn_tree *child = copy->children[i];
        bool own = false;
        for (int k = 0; k < N_ENTRY_ROWS; k++)
            own = own || strcmp(child->key, entry_rows[k].name) == 0;
        if (own)
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

/* A key of `first` that is the entry's; "" where there is none. */
static const char *find_own_key(const rn_tree *first)
{
    for (int i = 0; entry_keys[i]; i++)
        if (rn_tree_get(first, entry_keys[i]))
            return entry_keys[i];
    return "";
}

static rn_status check_name(const entry *e)
{
    const char *name = e->stage[0] ? e->stage : e->name;
    if (rn_dag_name_fits(name))
        return RN_OK;
    return rn_fail(RN_E_CONFIG, "%s:%d: %s: found \"%s\", expected letters, digits and _ - .",
                   e->tree->file, e->tree->line, e->stage[0] ? "stage" : "name", name);
}

static rn_status read_entry(net *n, const rn_tree *tree, entry *e)
{
    *e = (entry){ .tree = tree, .repeat = 1 };
    if (tree->type != RN_TREE_GROUP)
        return rn_fail(RN_E_CONFIG, "%s:%d: a layer is a group { block = \"…\"; … }, found %s",
                       tree->file, tree->line, rn_tree_type_name(tree->type));
    rn_attrs *checked = NULL;
    rn_tree *own = own_keys(tree);
    if (!own)
        return rn_fail(RN_E_NOMEM, "no memory for the layers");
    rn_status status = rn_attrs_from_tree(entry_rows, N_ENTRY_ROWS, own, NULL, "layer", &checked);
    if (status)
        goto done;
    e->block_name = text_of(tree, "block");
    e->stage = text_of(tree, "stage");
    e->name = text_of(tree, "name");
    e->repeat = rn_attrs_find(checked, "repeat")->int_value[0];
    const rn_tree *first = rn_tree_get(tree, "first");
    bool is_stage = e->stage[0];
    if (first && first->type != RN_TREE_GROUP)
        status = rn_fail(RN_E_CONFIG, "%s:%d: first: expected a group { … }, found %s", first->file,
                         first->line, rn_tree_type_name(first->type));
    else if (first && rn_tree_get(first, find_own_key(first)))
        status = rn_fail(RN_E_CONFIG,
                         "%s:%d: first: \"%s\" belongs to the whole stage; first holds "
                         "attributes of the first block",
                         first->file, first->line, find_own_key(first));
    else if (!is_stage && (first || rn_tree_get(tree, "repeat")))
        status =
            rn_fail(RN_E_CONFIG, "%s:%d: repeat and first belong to a stage; add stage = \"…\"",
                    tree->file, tree->line);
    else if (is_stage && e->name[0])
        status = rn_fail(RN_E_CONFIG, "%s:%d: give either name or stage, not both", tree->file,
                         tree->line);
    else
        status = check_name(e);
    if (!status)
        status = rn_registry_block(n->params->registry, e->block_name, &e->block);
    if (status && !strstr(rn_fail_text(), tree->file))
        rn_fail_at(status, "%s:%d", tree->file, tree->line);
done:
    rn_attrs_destroy(checked);
    rn_tree_destroy(own);
    return status;
}

/* The entry with the keys of `first` over it. */
static rn_status merge_first(const rn_tree *tree, const rn_tree *first, rn_tree **out)
{
    rn_tree *merged = rn_tree_copy(tree);
    rn_tree *over = rn_tree_copy(first);
    if (!merged || !over) {
        rn_tree_destroy(merged);
        rn_tree_destroy(over);
        return rn_fail(RN_E_NOMEM, "no memory for the layers");
    }
    rn_status status = rn_tree_merge(merged, over);
    if (status)
        rn_tree_destroy(merged);
    else
        *out = merged;
    return status;
}

static bool path_taken(const rn_dag *dag, const char *path)
{
    const rn_name *found = rn_names_find(&dag->names, path);
    return found && found->is_path;
}

/* A stage's block is STAGE.i; a layer has its name, or its block's, numbered from the second on. */
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
    while (first && path_taken(n->dag, path))
        snprintf(path, size, "%s%d", base, ++first->path_number);
}

/* "resnet20.cfg:31: stage layer2, block 1 (residual/basic)" */
static rn_status set_place(net *n, const entry *e, int64_t i, const char *path)
{
    char text[1024];
    if (e->stage[0])
        snprintf(text, sizeof text, "%s:%d: stage %s, block %lld (%s)", e->tree->file,
                 e->tree->line, e->stage, (long long)i, e->block_name);
    else
        snprintf(text, sizeof text, "%s:%d: layer %s (%s)", e->tree->file, e->tree->line, path,
                 e->block_name);
    free(n->dag->place);
    n->dag->place = strdup(text);
    return n->dag->place ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the layers");
}

static rn_status build_repetition(net *n, const entry *e, int64_t i)
{
    char path[256], owner[320], plugin[256];
    const rn_tree *tree = e->tree;
    rn_tree *merged = NULL;
    rn_attrs *attrs = NULL;
    rn_status status = RN_OK;
    const rn_tree *first = rn_tree_get(tree, "first");
    make_path(n, e, i, path, sizeof path);
    if (first && i == 0)
        status = merge_first(tree, first, &merged);
    if (!status)
        status = set_place(n, e, i, path);
    if (status)
        goto done;
    snprintf(owner, sizeof owner, "block \"%s\"", e->block_name);
    status = rn_attrs_from_tree(e->block->attrs, e->block->n_attrs, merged ? merged : tree,
                                entry_keys, owner, &attrs);
    if (status)
        goto done;
    status = rn_dag_begin_layer(n->dag, path, e->block_name);
    if (status)
        goto done;
    rn_block_plugin(e->block_name, plugin, sizeof plugin);
    n->dag->plugin = plugin;
    n->x = rn_dag_block(n->dag, e->block, attrs, path, n->x);
    n->dag->plugin = NULL;
    rn_dag_end_layer(n->dag, n->x);
    status = n->dag->status;
done:
    rn_attrs_destroy(attrs);
    rn_tree_destroy(merged);
    return status;
}

static rn_status find_block(void *context, const char *name, const rn_block **block)
{
    return rn_registry_block(context, name, block);
}

static rn_status build_layers(net *n)
{
    const rn_config *config = n->params->config;
    const int64_t shape[4] = { n->params->batch, config->network.channels, config->network.height,
                               config->network.width };
    rn_tensor_desc images = rn_desc_make(RN_F32, 4, shape);
    n->dag->find_block = find_block;
    n->dag->find_block_context = n->params->registry;
    n->dag->n_classes = config->network.classes;
    n->x = n->dag->images = rn_dag_input(n->dag, "images", &images);
    rn_status status = n->dag->status;
    const rn_tree *layers = config->network.layers;
    for (int i = 0; i < layers->n_children && !status; i++) {
        entry e;
        status = read_entry(n, layers->children[i], &e);
        for (int64_t k = 0; k < e.repeat && !status; k++)
            status = build_repetition(n, &e, k);
    }
    n->dag->logits = n->x;
    return status;
}

/* The classifier's end: the loss where there are labels, else probabilities alone. */
static rn_status build_end(net *n)
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
    if (!n->params->has_labels) {
        rn_status status = rn_dag_op(dag, "softmax", "softmax", NULL, &dag->logits, 1, &node);
        if (!status)
            dag->probabilities = node->outputs[RN_SOFTMAX_Y];
        return status;
    }
    rn_tensor_desc labels = rn_desc_make(RN_I32, 1, &n->params->batch);
    rn_cross_entropy_attrs attrs = { .size = sizeof attrs,
                                     .label_smoothing =
                                         n->params->training ? config->train.label_smoothing : 0 };
    dag->labels = rn_dag_input(dag, "labels", &labels);
    if (dag->status)
        return dag->status;
    rn_value *inputs[] = { [RN_SOFTMAX_CROSS_ENTROPY_LOGITS] = dag->logits,
                           [RN_SOFTMAX_CROSS_ENTROPY_LABELS] = dag->labels };
    rn_status status = rn_dag_op(dag, "softmax_cross_entropy", "loss", &attrs, inputs,
                                 RN_SOFTMAX_CROSS_ENTROPY_N_INPUTS, &node);
    if (status)
        return status;
    dag->loss = node->outputs[RN_SOFTMAX_CROSS_ENTROPY_LOSS];
    dag->probabilities = node->outputs[RN_SOFTMAX_CROSS_ENTROPY_PROBABILITIES];
    return RN_OK;
}

rn_status rn_net_build(const rn_net_params *params, rn_dag **out)
{
    net n = { .params = params };
    rn_status status = rn_dag_create(params->training, params->mask_dtype, &n.dag);
    if (!status)
        status = build_layers(&n);
    if (!status)
        status = build_end(&n);
    if (!status) {
        *out = n.dag;
        n.dag = NULL;
    }
    rn_dag_destroy(n.dag);
    return status;
}
