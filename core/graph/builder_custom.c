/* builder_custom.c: the functions of include/resnet/graph.h for operators that plugins bring, and
 * for parameters of a block's own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/custom.h"

#define MAX_STRUCT_BYTES 65536u /* a larger size is garbage */

/* Fails with the recorded message, "WHERE: …". */
static rn_value *fail_at(rn_dag *dag, rn_status status, const char *where)
{
    dag->status = RN_OK; /* the builder's `fail` adds the layer only to the first failure */
    return dag->builder.fail(&dag->builder, status, "%s: %s", where, rn_fail_text());
}

/* Copies a structure of the block as far as both sides know it. False, after a failure, where its
 * size is wrong. */
static bool take(rn_dag *dag, const void *from, void *to, uint32_t size, const char *what)
{
    uint32_t given = from ? *(const uint32_t *)from : 0;
    if (given < size || given > MAX_STRUCT_BYTES) {
        dag->builder.fail(&dag->builder, RN_E_PLUGIN,
                          "%s has %u bytes; set its size to sizeof of it", what, given);
        return false;
    }
    for (uint32_t i = size; i < given; i++)
        if (((const char *)from)[i]) {
            dag->builder.fail(&dag->builder, RN_E_PLUGIN,
                              "%s has fields that are newer than this program; the block needs a "
                              "newer resnet-run",
                              what);
            return false;
        }
    memcpy(to, from, size);
    return true;
}

/* ---- Operators ---- */

static rn_status check_lists(const rn_custom_use *use)
{
    if (!use->op)
        return rn_fail(RN_E_PLUGIN, "an operator of a plugin is called without its name");
    if (use->n_settings < 0 || (use->n_settings && !use->settings))
        return rn_fail(RN_E_PLUGIN, "%s: its settings are missing", use->op);
    for (int32_t i = 0; i < use->n_settings; i++)
        if (!use->settings[i].name)
            return rn_fail(RN_E_PLUGIN, "%s: setting %d has no name", use->op, i);
    if (use->n_inputs < 0 || use->n_inputs > RN_CUSTOM_MAX_INPUTS ||
        (use->n_inputs && !use->inputs))
        return rn_fail(RN_E_PLUGIN, "%s: its inputs are missing, or more than %d", use->op,
                       RN_CUSTOM_MAX_INPUTS);
    return RN_OK;
}

static rn_status check_numbers(const rn_custom_use *use, const rn_custom_op *op)
{
    int32_t most = op->inputs_repeat ? RN_CUSTOM_MAX_INPUTS : op->n_inputs;
    if (use->n_inputs < op->n_inputs || use->n_inputs > most)
        return rn_fail(RN_E_SHAPE, "%s takes %d to %d inputs, not %d", use->op, op->n_inputs, most,
                       use->n_inputs);
    if (use->n_outputs == 0 || (use->n_outputs == op->n_outputs && use->outputs))
        return RN_OK;
    return rn_fail(RN_E_PLUGIN, "%s has %d outputs, and the call has room for %d", use->op,
                   op->n_outputs, use->outputs ? use->n_outputs : 0);
}

static rn_status check_inputs(const rn_dag *dag, const rn_custom_use *use)
{
    for (int32_t i = 0; i < use->n_inputs; i++)
        if (!rn_dag_owns(dag, use->inputs[i]))
            return rn_fail(RN_E_PLUGIN,
                           "%s: input %d is %s; expected what a call returned while this graph is "
                           "built",
                           use->op, i, use->inputs[i] ? "no value of this graph" : "NULL");
    return RN_OK;
}

/* Finds "plugin/op", or "op" of the plugin whose block or gradient is being built. */
static rn_status find(const rn_dag *dag, const char *name, const rn_loaded_op **out)
{
    char full[RN_LOADED_OP_NAME];
    bool is_bare = !strchr(name, '/') && dag->plugin && dag->plugin[0];
    snprintf(full, sizeof full, "%s%s%s", is_bare ? dag->plugin : "", is_bare ? "/" : "", name);
    return dag->find_custom(dag->find_block_context, full, out);
}

/* Finds the operator and checks the call. */
static rn_status prepare(const rn_dag *dag, const rn_custom_use *use, rn_custom_node **out)
{
    const rn_loaded_op *loaded = NULL;
    rn_status status = check_lists(use);
    if (!status)
        status = find(dag, use->op, &loaded);
    if (!status)
        status = check_numbers(use, &loaded->op);
    if (!status)
        status = check_inputs(dag, use);
    return status ? status : rn_custom_create(loaded, use->settings, use->n_settings, out);
}

rn_value *rn_builder_custom(rn_graph *g, const rn_custom_use *given)
{
    rn_dag *dag = g->core;
    rn_custom_use use;
    rn_custom_node *custom = NULL;
    rn_node *node = NULL;
    if (dag->status || !take(dag, given, &use, sizeof use, "the call of an operator") ||
        !rn_builder_check_name(dag, use.name) || !rn_builder_check_count(dag))
        return NULL;
    rn_status status = prepare(dag, &use, &custom);
    if (status)
        return g->fail(g, status, "%s", rn_fail_text());
    char *path = rn_builder_path(dag, custom->loaded->op.name, use.name);
    if (!path) {
        rn_custom_destroy(custom);
        return g->fail(g, RN_E_NOMEM, "no memory for the graph");
    }
    status = rn_dag_custom(dag, custom, path, use.inputs, use.n_inputs, &node);
    if (status)
        fail_at(dag, status, path);
    free(path);
    for (int32_t i = 0; node && i < use.n_outputs; i++)
        use.outputs[i] = node->outputs[i];
    return node ? node->outputs[0] : NULL;
}

/* ---- Parameters ---- */

static const rn_init inits[] = { [RN_PARAMETER_CONSTANT] = RN_INIT_CONSTANT,
                                 [RN_PARAMETER_NORMAL] = RN_INIT_NORMAL,
                                 [RN_PARAMETER_UNIFORM] = RN_INIT_UNIFORM };

static rn_status check_parameter(const rn_parameter_desc *desc)
{
    if (desc->init < RN_PARAMETER_CONSTANT || desc->init > RN_PARAMETER_UNIFORM)
        return rn_fail(RN_E_PLUGIN, "init is %d, expected an rn_parameter_init", desc->init);
    if (!isfinite(desc->value) || (desc->init != RN_PARAMETER_CONSTANT && desc->value < 0))
        return rn_fail(RN_E_PLUGIN, "value is %.9g, expected a finite number%s", desc->value,
                       desc->init == RN_PARAMETER_CONSTANT ? "" : " of at least 0");
    if (desc->rank < 1 || desc->rank > RN_MAX_RANK)
        return rn_fail(RN_E_SHAPE, "rank is %d, expected 1 to %d", desc->rank, RN_MAX_RANK);
    if (desc->frozen != 0 && desc->frozen != 1)
        return rn_fail(RN_E_PLUGIN, "frozen is %d, expected 0 or 1", desc->frozen);
    return RN_OK;
}

/* One that no training changes is as a running statistic that has been frozen. */
static rn_value *keep(rn_dag *dag, const char *path, const rn_parameter_desc *p)
{
    rn_tensor_desc desc = rn_desc_make(RN_F32, p->rank, p->shape);
    rn_role role = p->frozen ? RN_ROLE_STATE : RN_ROLE_PARAM;
    rn_value *value = rn_dag_keep(dag, strdup(path), &desc, role, inits[p->init]);
    if (!value)
        return NULL;
    value->init_value = p->value;
    value->is_frozen = p->frozen;
    value->is_bias = p->rank == 1;
    return value;
}

rn_value *rn_builder_parameter(rn_graph *g, const char *name, const rn_parameter_desc *given)
{
    rn_dag *dag = g->core;
    rn_parameter_desc desc;
    if (dag->status || !take(dag, given, &desc, sizeof desc, "the description of a parameter"))
        return NULL;
    if (!name || !name[0])
        return g->fail(g, RN_E_PLUGIN, "a parameter has no name");
    if (!rn_builder_check_name(dag, name))
        return NULL;
    if (dag->phase != RN_PHASE_FORWARD)
        return g->fail(g, RN_E_PLUGIN, "parameter \"%s\": a gradient cannot make parameters", name);
    char *path = rn_builder_path(dag, "", name);
    if (!path)
        return g->fail(g, RN_E_NOMEM, "no memory for the graph");
    rn_status status = check_parameter(&desc);
    if (status)
        rn_fail_at(status, "parameter \"%s\"", name);
    rn_value *value = status ? NULL : keep(dag, path, &desc);
    status = status ? status : dag->status;
    if (status)
        fail_at(dag, status, path);
    free(path);
    return value;
}
