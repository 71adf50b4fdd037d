/* optim.c: the update of the parameters as operators. */
#include "passes/optim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "passes/clip.h"
#include "passes/optimizers.h"

/* The trained parameters: those that have a gradient. The caller frees the list. */
static rn_status list_trained(const rn_dag *dag, rn_value ***out, int32_t *n)
{
    rn_value **list = calloc((size_t)dag->n_values + 1, sizeof *list);
    *out = list;
    *n = 0;
    for (int32_t i = 0; list && i < dag->n_values; i++)
        if (dag->values[i]->role == RN_ROLE_PARAM && dag->values[i]->gradient)
            list[(*n)++] = dag->values[i];
    return list ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the graph");
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

/* An update operator, and the node after which it can run: the last one that reads or makes one of
 * its inputs. */
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

/* The last node that uses an input of an update operator, which is then a use of what it updates. */
static int32_t position_of(const rn_node *node, int32_t *last)
{
    int32_t after = 0;
    for (int32_t k = 0; k < node->n_inputs; k++)
        if (node->inputs[k] && last[node->inputs[k]->index] > after)
            after = last[node->inputs[k]->index];
    for (int32_t k = 0; k < node->n_inputs; k++)
        if (node->inputs[k] && rn_op_updates(node->op, k))
            last[node->inputs[k]->index] = after;
    return after;
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
        updates[u] = (update){ node, position_of(node, last), u };
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
    rn_value **trained = NULL;
    int32_t n, n_before = dag->n_nodes;
    dag->phase = RN_PHASE_UPDATE;
    rn_status status = list_trained(dag, &trained, &n);
    if (status)
        return status;
    status = rn_clip_scale(dag, config);
    if (status)
        goto done;
    status = rn_clip_append(dag, config, trained, n);
    for (int32_t i = 0; i < n && !status; i++)
        status = rn_optimizer_append(dag, config, trained[i]);
    if (!status && !rn_clip_waits(dag) && !dag->is_parallel)
        status = move_up(dag, n_before);
done:
    free(trained);
    return status;
}
