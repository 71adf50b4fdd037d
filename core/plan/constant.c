/* constant.c: finds the operators that need not run at every step. */
#include "plan/constant.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"

/* How often a value changes. */
typedef enum kind {
    CHANGES = 0, /* at every step */
    KEPT,        /* a kept tensor that no step of this kind updates */
    MADE         /* the result of a constant operator */
} kind;

static void find_kept(const rn_dag *dag, kind *kinds)
{
    for (int32_t i = 0; i < dag->n_values; i++) {
        const rn_value *value = dag->values[i];
        bool is_kept = rn_value_is_kept(value) && (!dag->training || value->is_frozen);
        kinds[i] = is_kept ? KEPT : CHANGES;
    }
}

static bool is_constant(const rn_node *node, const kind *kinds)
{
    if (node->n_inputs == 0 || node->n_outputs == 0 || rn_node_is_view(node))
        return false;
    for (int32_t k = 0; k < node->n_inputs; k++)
        if (node->inputs[k] && kinds[node->inputs[k]->index] == CHANGES)
            return false;
    return true;
}

/* Marks the results of constant operators that a step, or the host after it, reads. */
static void mark_results(rn_dag *dag, int32_t n_constants, const kind *kinds)
{
    for (int32_t i = n_constants; i < dag->n_nodes; i++)
        for (int32_t k = 0; k < dag->nodes[i]->n_inputs; k++) {
            rn_value *value = dag->nodes[i]->inputs[k];
            if (value && kinds[value->index] == MADE)
                value->is_constant = true;
        }
    for (int32_t i = 0; i < dag->n_values; i++)
        if (dag->values[i]->pinned && kinds[i] == MADE)
            dag->values[i]->is_constant = true;
    for (int32_t i = 0; i < dag->n_values; i++)
        dag->values[i]->is_constant = rn_value_storage(dag->values[i])->is_constant;
}

static void set_last_constant(rn_value *value, int32_t last)
{
    rn_value *storage = rn_value_storage(value);
    if (rn_value_is_kept(storage))
        storage->last_constant = last;
    for (int32_t i = 0; storage->parts && i < storage->n_parts; i++)
        storage->parts[i]->last_constant = 0;
}

/* Finds the kept tensors that are of no use once the constant operators have run. */
static void mark_last(rn_dag *dag, int32_t n_constants)
{
    for (int32_t i = 0; i < dag->n_nodes; i++)
        for (int32_t k = 0; k < dag->nodes[i]->n_inputs; k++)
            if (dag->nodes[i]->inputs[k])
                set_last_constant(dag->nodes[i]->inputs[k], i < n_constants ? i + 1 : 0);
}

rn_status rn_constant_settle(rn_dag *dag, int32_t *n_constants)
{
    kind *kinds = calloc((size_t)dag->n_values + 1, sizeof *kinds);
    rn_node **others = calloc((size_t)dag->n_nodes + 1, sizeof *others);
    rn_status status = RN_OK;
    int32_t n = 0, n_others = 0;
    if (!kinds || !others) {
        status = rn_fail(RN_E_NOMEM, "no memory for the plan");
        goto done;
    }
    find_kept(dag, kinds);
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        rn_node *node = dag->nodes[i];
        if (!is_constant(node, kinds)) {
            others[n_others++] = node;
            continue;
        }
        dag->nodes[n++] = node;
        for (int32_t k = 0; k < node->n_outputs; k++)
            if (node->outputs[k])
                kinds[node->outputs[k]->index] = MADE;
    }
    memcpy(&dag->nodes[n], others, (size_t)n_others * sizeof *others);
    mark_results(dag, n, kinds);
    mark_last(dag, n);
    *n_constants = n;
done:
    free(kinds);
    free(others);
    return status;
}
