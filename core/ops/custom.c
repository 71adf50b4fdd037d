/* custom: an operator that a plugin brings; what it means stands in the plugin's tables, and here
 * what the core demands of them. `resnet-plugin info` prints those of a plugin. */
#include "graph/custom.h"

#include <string.h>

#include "base/status.h"

static const rn_custom_op *table_of(const rn_node *node)
{
    return &node->custom->loaded->op;
}

/* ---- Shapes ---- */

/* Checks what the operator's rule has set, and makes the output. */
static rn_status make_output(rn_dag *dag, rn_node *node, int32_t i, const rn_tensor_desc *given)
{
    if (given->rank < 1 || given->rank > RN_MAX_RANK)
        return rn_fail(RN_E_PLUGIN,
                       "operator %s: its \"shape\" gives output %d the rank %d, expected 1 to %d",
                       node->op->name, i, given->rank, RN_MAX_RANK);
    rn_tensor_desc desc = rn_desc_make(RN_F32, given->rank, given->shape);
    rn_dag_output(dag, node, i, &desc);
    return dag->status ? rn_fail_at(dag->status, "operator %s: output %d", node->op->name, i)
                       : RN_OK;
}

static rn_status check_cost(const rn_node *node)
{
    rn_custom_described d;
    rn_custom_cost cost = { .size = sizeof cost };
    rn_custom_describe(node, &d);
    table_of(node)->cost(&d.desc, &cost);
    if (cost.macs >= 0 && cost.other_flops >= 0)
        return RN_OK;
    return rn_fail(RN_E_PLUGIN, "operator %s: its \"cost\" is negative", node->op->name);
}

static rn_status infer(rn_dag *dag, rn_node *node)
{
    rn_custom_described d;
    rn_tensor_desc outputs[RN_CUSTOM_MAX_OUTPUTS];
    for (int32_t i = 0; i < RN_CUSTOM_MAX_OUTPUTS; i++)
        outputs[i] =
            (rn_tensor_desc){ .size = sizeof *outputs, .dtype = RN_F32, .layout = RN_LAYOUT_PLAIN };
    rn_custom_describe(node, &d);
    rn_fail_clear();
    rn_status status = table_of(node)->shape(&d.desc, outputs);
    if (status)
        return rn_custom_failed(node, "shape", status);
    for (int32_t i = 0; i < node->n_outputs; i++) {
        status = make_output(dag, node, i, &outputs[i]);
        if (status)
            return status;
    }
    return check_cost(node);
}

/* ---- Gradient ---- */

/* What the plugin's function is given, and what it gives. */
typedef struct lists {
    rn_value *dys[RN_CUSTOM_MAX_OUTPUTS], *dxs[RN_CUSTOM_MAX_INPUTS];
    int32_t wanted[RN_CUSTOM_MAX_INPUTS];
} lists;

static rn_status call_gradient(rn_dag *dag, rn_node *node, lists *l)
{
    char plugin[RN_LOADED_OP_NAME];
    const rn_custom_gradient of = { .size = sizeof of,
                                    .n_inputs = node->n_inputs,
                                    .n_outputs = node->n_outputs,
                                    .attrs = node->custom->attrs->values,
                                    .inputs = node->inputs,
                                    .outputs = node->outputs,
                                    .dys = l->dys,
                                    .wanted = l->wanted,
                                    .dxs = l->dxs };
    char *path = dag->path, *location = dag->location;
    const char *outer = dag->plugin;
    rn_block_plugin(node->op->name, plugin, sizeof plugin);
    dag->path = node->name;
    dag->location = NULL; /* that of the last layer */
    dag->plugin = plugin;
    rn_fail_clear();
    rn_status status = table_of(node)->gradient(&dag->builder, &of);
    dag->path = path;
    dag->location = location;
    dag->plugin = outer;
    status = dag->status ? dag->status : status;
    return status ? rn_custom_failed(node, "gradient", status) : RN_OK;
}

/* Nobody would fill, save or train what it has made. */
static rn_status check_kept(const rn_dag *dag, const rn_node *node, int32_t first)
{
    for (int32_t i = first; i < dag->n_values; i++)
        if (rn_value_is_kept(dag->values[i]))
            return rn_fail(RN_E_PLUGIN,
                           "operator %s: its \"gradient\" makes the parameter \"%s\"; it can only "
                           "use operators without parameters",
                           node->op->name, dag->values[i]->name);
    return RN_OK;
}

static rn_status take_gradient(rn_dag *dag, rn_node *node, int32_t i, rn_value *dx)
{
    const rn_value *x = node->inputs[i];
    if (!dx)
        return rn_fail(RN_E_PLUGIN, "operator %s: its \"gradient\" gives none of input %d",
                       node->op->name, i);
    if (!rn_dag_owns(dag, dx))
        return rn_fail(RN_E_PLUGIN,
                       "operator %s: its \"gradient\" of input %d is no value of this graph",
                       node->op->name, i);
    if (dx->desc.dtype != RN_F32 || !rn_desc_same_shape(&dx->desc, &x->desc))
        return rn_fail(RN_E_SHAPE,
                       "operator %s: its \"gradient\" of input %d is %s, expected %s, as the input",
                       node->op->name, i, RN_DESC_STRING(&dx->desc), RN_DESC_STRING(&x->desc));
    rn_dag_add_gradient(dag, node->inputs[i], dx);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    lists l = { 0 };
    int32_t n_values = dag->n_values;
    if (!table_of(node)->gradient)
        return rn_fail(RN_E_UNSUPPORTED,
                       "%s: operator %s has no gradient, so that nothing before it can be trained",
                       node->name, node->op->name);
    for (int32_t i = 0; i < node->n_outputs; i++)
        l.dys[i] = node->outputs[i]->gradient;
    for (int32_t i = 0; i < node->n_inputs; i++)
        l.wanted[i] = node->inputs[i]->needs_gradient;
    rn_status status = call_gradient(dag, node, &l);
    if (!status)
        status = check_kept(dag, node, n_values);
    for (int32_t i = 0; i < node->n_inputs && !status; i++)
        if (l.wanted[i])
            status = take_gradient(dag, node, i, l.dxs[i]);
    return status ? rn_fail_at(status, "%s", node->name) : RN_OK;
}

/* ---- Cost ---- */

static void cost(const rn_node *node, rn_cost *c)
{
    rn_custom_described d;
    rn_custom_cost given = { .size = sizeof given };
    rn_custom_describe(node, &d);
    table_of(node)->cost(&d.desc, &given);
    *c = (rn_cost){ .macs = given.macs, .other_flops = given.other_flops };
}

const rn_op_rule rn_op_custom = { .infer = infer, .gradient = gradient, .cost = cost };
