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
#include "graph/entry.h"
#include "graph/inputs.h"

#define DROP_PATH "drop_path" /* the attribute of blocks that network.drop_path sets */

typedef struct net {
    const rn_net_params *params;
    rn_dag *dag;
    rn_value *x;
    int64_t n_paths, n_built_paths; /* blocks that have the attribute drop_path */
} net;

static bool is_path_taken(const rn_dag *dag, const char *path)
{
    const rn_name *found = rn_names_find(&dag->names, path);
    return found && (found->is_path || found->layer);
}

/* The path of block i of a stage is STAGE.i; that of a layer is its name or, without one, its
 * block's name, numbered from the second on. */
static void make_path(const net *n, const rn_entry *e, int64_t i, char *path, size_t size)
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
static rn_status set_location(net *n, const rn_entry *e, int64_t i, const char *path)
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
static rn_status build_on_inputs(net *n, const rn_entry *e, char *path, const rn_attrs *attrs)
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

/* ---- Stochastic depth ---- */

static bool is_path_row(const rn_attr *row)
{
    return row->type == RN_ATTR_FLOAT && strcmp(row->name, DROP_PATH) == 0;
}

static bool has_path(const rn_block *block)
{
    for (uint32_t i = 0; i < block->n_attrs; i++)
        if (is_path_row(rn_attr_row(block->attrs, i)))
            return true;
    return false;
}

/* Counts the blocks that can drop their path. */
static rn_status count_paths(net *n, const rn_tree *layers)
{
    for (int i = 0; i < layers->n_children; i++) {
        rn_entry e;
        rn_status status = rn_entry_read(layers->children[i], n->params->registry, &e);
        if (status)
            return status;
        n->n_paths += has_path(e.block) ? e.repeat : 0;
    }
    return RN_OK;
}

/* Sets a block's rate: its own, or that of network.drop_path, which rises in equal steps from 0 in
 * the first block to the whole rate in the last (Huang et al. 2016, arXiv:1603.09382, as in timm).
 * Inference drops nothing, and its graph has no operator for it. */
static void set_drop_path(net *n, rn_attrs *attrs)
{
    double rate = n->params->config->network.drop_path;
    int64_t last = n->n_paths - 1;
    for (uint32_t i = 0; i < attrs->n_rows; i++) {
        if (!is_path_row(rn_attr_row(attrs->rows, i)))
            continue;
        if (!n->params->training)
            attrs->values[i].float_value = 0;
        else if (!attrs->origins[i] && last > 0)
            attrs->values[i].float_value = rate * (double)n->n_built_paths / (double)last;
        n->n_built_paths++;
    }
}

/* ---- Layers ---- */

/* Builds a layer, or block i of a stage. */
static rn_status build_block(net *n, const rn_entry *e, int64_t i)
{
    char path[256];
    rn_attrs *attrs = NULL;
    make_path(n, e, i, path, sizeof path);
    rn_status status = set_location(n, e, i, path);
    if (status)
        return status;
    status = rn_entry_attrs(e, i, &attrs);
    if (status)
        return status;
    set_drop_path(n, attrs);
    status = build_on_inputs(n, e, path, attrs);
    rn_attrs_destroy(attrs);
    return status;
}

static rn_status build_entry(net *n, const rn_tree *tree)
{
    rn_entry e;
    rn_status status = rn_entry_read(tree, n->params->registry, &e);
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

static rn_status find_custom(void *context, const char *name, const rn_loaded_op **op)
{
    return rn_registry_op(context, name, op);
}

/* The images, or what makes them of their bytes: under a name that no layer has. */
static rn_value *build_images(rn_dag *dag, const int64_t shape[4], bool of_bytes)
{
    const int64_t bytes_shape[4] = { shape[0], shape[2], shape[3], shape[1] };
    rn_tensor_desc images = rn_desc_make(RN_F32, 4, shape);
    rn_tensor_desc bytes = rn_desc_make(RN_U8, 4, bytes_shape);
    rn_tensor_desc values = rn_desc_make(RN_F32, 2, (const int64_t[]){ shape[1], 256 });
    rn_node *node = NULL;
    if (!of_bytes)
        return rn_dag_input(dag, RN_IMAGES, &images);
    dag->bytes = rn_dag_input(dag, "bytes", &bytes);
    dag->byte_values = rn_dag_input(dag, "byte_values", &values);
    rn_value *inputs[] = { [RN_LOOKUP_X] = dag->bytes, [RN_LOOKUP_TABLE] = dag->byte_values };
    if (dag->status ||
        rn_dag_op(dag, "lookup", "images of bytes", NULL, inputs, RN_LOOKUP_N_INPUTS, &node))
        return NULL;
    return node->outputs[RN_LOOKUP_Y];
}

static rn_status build_layers(net *n)
{
    const rn_config *config = n->params->config;
    int64_t height = n->params->height ? n->params->height : config->network.height;
    int64_t width = n->params->width ? n->params->width : config->network.width;
    const int64_t shape[4] = { n->params->batch, config->network.channels, height, width };
    n->dag->find_block = find_block;
    n->dag->find_custom = find_custom;
    n->dag->find_block_context = n->params->registry;
    n->dag->n_classes = config->network.classes;
    n->x = n->dag->images = build_images(n->dag, shape, n->params->bytes);
    if (n->dag->status)
        return n->dag->status;
    const rn_tree *layers = config->network.layers;
    rn_status status = config->network.drop_path > 0 ? count_paths(n, layers) : RN_OK;
    for (int i = 0; i < layers->n_children && !status; i++)
        status = build_entry(n, layers->children[i]);
    if (status)
        return status;
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
    rn_process_state_destroy(n.dag->process_state);
    n.dag->process_state = NULL;
    *out = n.dag;
    n.dag = NULL;
done:
    rn_dag_destroy(n.dag);
    return status;
}
