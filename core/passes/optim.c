/* optim.c: stochastic gradient descent as operators. */
#include "passes/optim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"

static rn_sgd_attrs sgd_attrs(const rn_config *config, const rn_value *param)
{
    bool decays = true;
    if (param->is_norm)
        decays = config->train.decay_norm;
    else if (param->is_bias)
        decays = config->train.decay_bias;
    return (rn_sgd_attrs){ .size = sizeof(rn_sgd_attrs),
                           .nesterov = config->train.nesterov,
                           .momentum = config->train.momentum,
                           .weight_decay = decays ? config->train.weight_decay : 0 };
}

static rn_status append_sgd(rn_dag *dag, const rn_config *config, rn_value *param)
{
    rn_sgd_attrs attrs = sgd_attrs(config, param);
    rn_value *inputs[] = { [RN_SGD_PARAM] = param,
                           [RN_SGD_GRADIENT] = param->gradient,
                           [RN_SGD_LEARNING_RATE] = dag->learning_rate,
                           [RN_SGD_LOSS] = dag->loss,
                           [RN_SGD_LOSS_SCALE] = dag->loss_scale };
    rn_node *node = rn_dag_node(dag, "sgd", param->name, &attrs, inputs, RN_SGD_N_INPUTS);
    if (node && attrs.momentum != 0)
        rn_dag_kept(dag, node, RN_SGD_VELOCITY, RN_VELOCITY, &param->desc, RN_ROLE_OPTIMIZER,
                    RN_INIT_ZERO);
    return dag->status;
}

static bool is_trained(const rn_value *value)
{
    return value->role == RN_ROLE_PARAM && value->gradient;
}

/* Appends check_finite for the gradients of the first n values, as many per operator as it can
 * take. */
static rn_status append_checks(rn_dag *dag, int32_t n)
{
    rn_value *inputs[RN_MAX_OPERANDS] = { [RN_CHECK_FINITE_LOSS_SCALE] = dag->loss_scale };
    int32_t n_inputs = RN_CHECK_FINITE_GRADIENT;
    for (int32_t i = 0; i < n && !dag->status; i++) {
        if (is_trained(dag->values[i]))
            inputs[n_inputs++] = dag->values[i]->gradient;
        if (n_inputs == RN_MAX_OPERANDS || (i == n - 1 && n_inputs > RN_CHECK_FINITE_GRADIENT)) {
            rn_dag_node(dag, "check_finite", "gradients", NULL, inputs, n_inputs);
            n_inputs = RN_CHECK_FINITE_GRADIENT;
        }
    }
    return dag->status;
}

/* Sets last[value->index] to the last of the first n nodes that reads or makes the value. */
static void find_last_uses(const rn_dag *dag, int32_t n, int32_t *last)
{
    for (int32_t i = 0; i < n; i++) {
        const rn_node *node = dag->nodes[i];
        for (int32_t k = 0; k < node->n_inputs; k++)
            if (node->inputs[k])
                last[node->inputs[k]->index] = i;
        for (int32_t k = 0; k < node->n_outputs; k++)
            if (node->outputs[k])
                last[node->outputs[k]->index] = i;
    }
}

/* An update operator, and the node after which it can run: the last one that reads the parameter,
 * or that reads or makes the gradient. */
typedef struct update {
    rn_node *node;
    int32_t after, number;
} update;

static int by_position(const void *a, const void *b)
{
    const update *x = a, *y = b;
    return x->after != y->after ? (x->after > y->after) - (x->after < y->after)
                                : (x->number > y->number) - (x->number < y->number);
}

static void merge_updates(rn_dag *dag, int32_t n, const update *updates, rn_node **order)
{
    int32_t count = 0, u = 0;
    for (int32_t i = 0; i < n; i++) {
        order[count++] = dag->nodes[i];
        for (; n + u < dag->n_nodes && updates[u].after == i; u++)
            order[count++] = updates[u].node;
    }
    memcpy(dag->nodes, order, (size_t)count * sizeof *order);
}

/* Moves the update operators, which follow the first n nodes, up to where they can run. */
static rn_status move_up(rn_dag *dag, int32_t n)
{
    int32_t n_updates = dag->n_nodes - n;
    int32_t *last = calloc((size_t)dag->n_values + 1, sizeof *last);
    update *updates = calloc((size_t)n_updates + 1, sizeof *updates);
    rn_node **order = calloc((size_t)dag->n_nodes, sizeof *order);
    rn_status status = RN_OK;
    if (!last || !updates || !order) {
        status = rn_fail(RN_E_NOMEM, "no memory for the graph");
        goto done;
    }
    find_last_uses(dag, n, last);
    for (int32_t u = 0; u < n_updates; u++) {
        rn_node *node = dag->nodes[n + u];
        int32_t read = last[node->inputs[RN_SGD_PARAM]->index];
        int32_t made = last[node->inputs[RN_SGD_GRADIENT]->index];
        updates[u] = (update){ node, read > made ? read : made, u };
    }
    qsort(updates, (size_t)n_updates, sizeof *updates, by_position);
    merge_updates(dag, n, updates, order);
done:
    free(last);
    free(updates);
    free(order);
    return status;
}

rn_status rn_optim_scale_loss(rn_dag *dag)
{
    rn_tensor_desc scale_and_flag = rn_desc_make(RN_F32, 1, (const int64_t[]){ 2 });
    dag->loss_scale = rn_dag_input(dag, "loss_scale", &scale_and_flag);
    return dag->status;
}

rn_status rn_optim_append(rn_dag *dag, const rn_config *config)
{
    rn_tensor_desc scalar = rn_desc_make(RN_F32, 1, (const int64_t[]){ 1 });
    int32_t n_before = dag->n_nodes, n_values = dag->n_values;
    dag->phase = RN_PHASE_UPDATE;
    dag->learning_rate = rn_dag_input(dag, "learning_rate", &scalar);
    rn_status status = dag->status;
    if (!status && dag->loss_scale)
        status = append_checks(dag, n_values);
    for (int32_t i = 0; i < n_values && !status; i++)
        if (is_trained(dag->values[i]))
            status = append_sgd(dag, config, dag->values[i]);
    return status || dag->loss_scale || dag->is_parallel ? status : move_up(dag, n_before);
}
