/* graph.c: creates and edits the nodes and values of a graph. Blocks use it through builder.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/custom.h"

rn_status rn_dag_create(bool training, int32_t mask_dtype, rn_dag **out)
{
    rn_dag *dag = calloc(1, sizeof *dag);
    if (!dag)
        return rn_fail(RN_E_NOMEM, "no memory for the graph");
    dag->training = training;
    dag->mask_dtype = mask_dtype;
    dag->phase = RN_PHASE_FORWARD;
    rn_builder_init(dag);
    *out = dag;
    return RN_OK;
}

void rn_node_destroy(rn_node *node)
{
    free(node->name);
    free(node->attrs);
    rn_custom_destroy(node->custom);
    free(node);
}

bool rn_node_is(const rn_node *node, const char *op)
{
    return strcmp(node->op->name, op) == 0;
}

bool rn_node_is_view(const rn_node *node)
{
    return node->n_outputs > 0 && node->outputs[0] && node->outputs[0]->base;
}

void rn_dag_index(rn_dag *dag)
{
    for (int32_t i = 0; i < dag->n_values; i++)
        dag->values[i]->n_readers = 0;
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        rn_node *node = dag->nodes[i];
        node->position = i;
        for (int32_t k = 0; k < node->n_inputs; k++)
            if (node->inputs[k]) {
                node->inputs[k]->n_readers++;
                node->inputs[k]->reader = node;
            }
    }
}

void rn_dag_compact(rn_dag *dag)
{
    int32_t n = 0;
    for (int32_t i = 0; i < dag->n_nodes; i++)
        if (dag->nodes[i])
            dag->nodes[n++] = dag->nodes[i];
    dag->n_nodes = n;
}

void rn_dag_drop(rn_dag *dag, rn_node *node)
{
    dag->nodes[node->position] = NULL;
    for (int32_t k = 0; k < node->n_outputs; k++)
        if (node->outputs[k])
            node->outputs[k]->producer = NULL;
    rn_node_destroy(node);
}

void rn_dag_move(rn_dag *dag, rn_node *node, int32_t position)
{
    dag->nodes[node->position] = NULL;
    dag->nodes[position] = node;
    node->position = position;
}

void rn_dag_destroy(rn_dag *dag)
{
    if (!dag)
        return;
    rn_dag_free_values(dag);
    for (int32_t i = 0; i < dag->n_nodes; i++)
        rn_node_destroy(dag->nodes[i]);
    for (int32_t i = 0; i < dag->n_layers; i++) {
        free(dag->layers[i].path);
        free(dag->layers[i].block);
    }
    rn_names_clear(&dag->names);
    free(dag->layers);
    free(dag->rates);
    free(dag->nodes);
    free(dag->path);
    free(dag->location);
    rn_process_state_destroy(dag->process_state);
    free(dag);
}

static void fail_memory(rn_dag *dag)
{
    if (!dag->status)
        dag->status = rn_fail(RN_E_NOMEM, "no memory for the graph");
}

/* Grows the list, if need be, to hold one more element. NULL if there is no memory; the list is
 * then unchanged. */
static void *reserve(void *list, int32_t count, int32_t *capacity, size_t element_size)
{
    if (count < *capacity)
        return list;
    int32_t new_capacity = *capacity ? *capacity * 2 : 64;
    void *grown = realloc(list, (size_t)new_capacity * element_size);
    if (grown)
        *capacity = new_capacity;
    return grown;
}

/* Takes ownership of `name`, which is NULL if its allocation failed. */
static rn_value *add_value(rn_dag *dag, char *name, const rn_tensor_desc *desc, rn_role role)
{
    rn_name *entry = name ? rn_names_add(&dag->names, name) : NULL;
    rn_value *value = entry ? rn_dag_add_value(dag) : NULL;
    if (!value) {
        free(name);
        fail_memory(dag);
        return NULL;
    }
    value->name = name;
    value->desc = *desc;
    value->role = role;
    value->rate_factor = 1;
    if (!entry->value)
        entry->value = value;
    return value;
}

rn_value *rn_dag_input(rn_dag *dag, const char *name, const rn_tensor_desc *desc)
{
    return add_value(dag, strdup(name), desc, RN_ROLE_INPUT);
}

rn_value *rn_dag_rate(rn_dag *dag, const char *name, const rn_tensor_desc *desc, double factor)
{
    rn_rate *rates = reserve(dag->rates, dag->n_rates, &dag->rate_capacity, sizeof *rates);
    dag->rates = rates ? rates : dag->rates;
    rn_value *input = rates ? rn_dag_input(dag, name, desc) : NULL;
    if (input)
        dag->rates[dag->n_rates++] = (rn_rate){ input, factor };
    else
        fail_memory(dag);
    return input;
}

rn_value *rn_dag_random(rn_dag *dag)
{
    rn_tensor_desc seed_and_step = rn_desc_make(RN_I32, 1, (const int64_t[]){ 2 });
    if (!dag->random)
        dag->random = rn_dag_input(dag, "random", &seed_and_step);
    return dag->random;
}

static char *join(const char *a, const char *separator, const char *b)
{
    size_t size = strlen(a) + strlen(separator) + strlen(b) + 1;
    char *text = malloc(size);
    if (text)
        snprintf(text, size, "%s%s%s", a, separator, b);
    return text;
}

rn_status rn_dag_append(rn_dag *dag, rn_node *node)
{
    rn_node **nodes = reserve(dag->nodes, dag->n_nodes, &dag->node_capacity, sizeof *nodes);
    if (!nodes) {
        rn_node_destroy(node);
        fail_memory(dag);
        return dag->status;
    }
    dag->nodes = nodes;
    node->position = dag->n_nodes;
    dag->nodes[dag->n_nodes++] = node;
    return RN_OK;
}

rn_node *rn_dag_add_node(rn_dag *dag, const rn_op *op, const char *name, rn_value *const *inputs,
                         int32_t n_inputs)
{
    rn_node *node = calloc(1, sizeof *node);
    if (!node) {
        fail_memory(dag);
        return NULL;
    }
    node->op = op;
    node->name = strdup(name);
    node->attrs = calloc(1, op->attrs_size ? op->attrs_size : 1);
    if (!node->name || !node->attrs || !rn_names_add_node(&dag->names, name)) {
        rn_node_destroy(node);
        fail_memory(dag);
        return NULL;
    }
    node->phase = dag->phase;
    node->n_inputs = n_inputs > op->n_inputs ? n_inputs : op->n_inputs;
    node->n_outputs = op->n_outputs;
    for (int32_t i = 0; i < n_inputs; i++)
        node->inputs[i] = inputs[i];
    return rn_dag_append(dag, node) ? NULL : node;
}

rn_node *rn_dag_node(rn_dag *dag, const char *op_name, const char *name, const void *attrs,
                     rn_value *const *inputs, int32_t n_inputs)
{
    const rn_op *op = rn_op_find(op_name);
    rn_node *node = rn_dag_add_node(dag, op, name, inputs, n_inputs);
    if (node && attrs && op->attrs_size) {
        uint32_t given = *(const uint32_t *)attrs;
        memcpy(node->attrs, attrs, given < op->attrs_size ? given : op->attrs_size);
        *(uint32_t *)node->attrs = op->attrs_size;
    }
    return node;
}

/* Names an output: "layer1.0.conv1" in the forward phase, ":1" appended to the second;
 * "layer1.0.conv1/conv2d_grad_input:0" in the others. */
static char *output_name(const rn_node *node, int32_t slot)
{
    char suffix[80] = "";
    if (node->phase != RN_PHASE_FORWARD)
        snprintf(suffix, sizeof suffix, "/%s:%d", node->op->name, slot);
    else if (slot)
        snprintf(suffix, sizeof suffix, ":%d", slot);
    return join(node->name, "", suffix);
}

rn_value *rn_dag_output(rn_dag *dag, rn_node *node, int32_t slot, const rn_tensor_desc *desc)
{
    if (rn_desc_check(desc)) {
        dag->status = dag->status ? dag->status : RN_E_SHAPE;
        return NULL;
    }
    rn_value *value = add_value(dag, output_name(node, slot), desc, RN_ROLE_ACTIVATION);
    if (value)
        value->producer = node;
    node->outputs[slot] = value;
    if (slot >= node->n_outputs)
        node->n_outputs = slot + 1;
    return value;
}

rn_value *rn_dag_view(rn_dag *dag, rn_node *node, rn_value *base, const rn_tensor_desc *desc)
{
    rn_value *value = rn_dag_output(dag, node, 0, desc);
    if (value)
        value->base = base;
    return value;
}

rn_value *rn_dag_keep(rn_dag *dag, char *name, const rn_tensor_desc *desc, rn_role role,
                      rn_init init)
{
    rn_value *value = NULL;
    if (name && rn_dag_find(dag, name)) {
        dag->status = rn_fail(RN_E_CONFIG,
                              "two parameters are called \"%s\"; give the layers "
                              "different names",
                              name);
        free(name);
    } else if (rn_desc_check(desc)) {
        dag->status = RN_E_SHAPE;
        free(name);
    } else {
        value = add_value(dag, name, desc, role);
    }
    if (value)
        value->init = init;
    return value;
}

rn_value *rn_dag_kept(rn_dag *dag, rn_node *node, int32_t slot, const char *suffix,
                      const rn_tensor_desc *desc, rn_role role, rn_init init)
{
    node->inputs[slot] = rn_dag_keep(dag, join(node->name, ".", suffix), desc, role, init);
    return node->inputs[slot];
}

rn_status rn_dag_weight(rn_dag *dag, rn_node *node, int32_t slot, const rn_tensor_desc *desc)
{
    rn_value *weight = rn_dag_kept(dag, node, slot, "weight", desc, RN_ROLE_PARAM, RN_INIT_WEIGHT);
    if (dag->status)
        return dag->status;
    weight->fan_in = rn_desc_count(desc) / desc->shape[0];
    weight->fan_out = rn_desc_count(desc) / desc->shape[1];
    return RN_OK;
}

rn_status rn_dag_bias(rn_dag *dag, rn_node *node, int32_t slot, const rn_value *weight)
{
    rn_tensor_desc desc = rn_desc_make(RN_F32, 1, &weight->desc.shape[0]);
    rn_value *bias = rn_dag_kept(dag, node, slot, "bias", &desc, RN_ROLE_PARAM, RN_INIT_BIAS);
    if (dag->status)
        return dag->status;
    bias->is_bias = true;
    bias->fan_in = weight->fan_in;
    return RN_OK;
}

/* "x.gradient_sum", numbered from the second on: each operator has a name of its own. Its result's
 * name is another one, "x.gradient_sum/add:0". */
static char *name_of_sum(const rn_dag *dag, const rn_value *value)
{
    char number[16] = "";
    char *name = join(value->name, ".gradient_sum", number);
    for (int n = 2; name && rn_names_has_node(&dag->names, name); n++) {
        snprintf(number, sizeof number, "%d", n);
        free(name);
        name = join(value->name, ".gradient_sum", number);
    }
    return name;
}

void rn_dag_add_gradient(rn_dag *dag, rn_value *value, rn_value *gradient)
{
    if (!value || !value->needs_gradient || dag->status)
        return;
    if (!value->gradient) {
        value->gradient = gradient;
        return;
    }
    rn_value *terms[2] = { value->gradient, gradient };
    char *name = name_of_sum(dag, value);
    rn_node *node = NULL;
    if (!name)
        fail_memory(dag);
    else if (!rn_dag_op(dag, "add", name, NULL, terms, 2, &node))
        value->gradient = node->outputs[RN_ADD_Y];
    free(name);
}

rn_status rn_dag_gradient_op(rn_dag *dag, const rn_node *node, const char *op,
                             rn_value *const *inputs, rn_value *const *targets)
{
    const void *attrs = node->op->attrs_size ? node->attrs : NULL;
    rn_node *grad = rn_dag_node(dag, op, node->name, attrs, inputs, rn_op_find(op)->n_inputs);
    for (int32_t i = 0; !dag->status && i < grad->n_outputs; i++)
        if (targets[i])
            rn_dag_add_gradient(dag, targets[i], rn_dag_output(dag, grad, i, &targets[i]->desc));
    return dag->status;
}

bool rn_dag_name_is_valid(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    return !name[strspn(name, letters)];
}

rn_value *rn_dag_find(const rn_dag *dag, const char *name)
{
    const rn_name *found = rn_names_find(&dag->names, name);
    return found ? found->value : NULL;
}

rn_status rn_dag_begin_layer(rn_dag *dag, const char *path, const char *block)
{
    rn_layer *layers = reserve(dag->layers, dag->n_layers, &dag->layer_capacity, sizeof *layers);
    dag->layers = layers ? layers : dag->layers;
    rn_layer layer = { .path = strdup(path), .block = strdup(block), .first_node = dag->n_nodes };
    if (!layers || !layer.path || !layer.block) {
        free(layer.path);
        free(layer.block);
        fail_memory(dag);
        return dag->status;
    }
    dag->layers[dag->n_layers++] = layer;
    return RN_OK;
}

void rn_dag_end_layer(rn_dag *dag, rn_value *output)
{
    rn_layer *layer = &dag->layers[dag->n_layers - 1];
    rn_name *name = rn_names_add(&dag->names, layer->path);
    if (name)
        name->layer = output;
    else
        fail_memory(dag);
    layer->n_nodes = dag->n_nodes - layer->first_node;
    layer->output = output;
}
