/* move_up.c: the order of operators that update tensors. */
#include "passes/move_up.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"

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

/* The last node that uses a value, or a part of it. */
static int32_t last_of(const rn_value *value, const int32_t *last)
{
    int32_t after = last[value->index];
    for (int32_t i = 0; i < value->n_parts; i++)
        after = last[value->parts[i]->index] > after ? last[value->parts[i]->index] : after;
    return after;
}

static void set_last(const rn_value *value, int32_t after, int32_t *last)
{
    last[value->index] = after;
    for (int32_t i = 0; i < value->n_parts; i++)
        last[value->parts[i]->index] = after;
}

/* The last node that uses an input of an update operator, which then uses what it updates. */
static int32_t position_of(const rn_node *node, int32_t *last)
{
    int32_t after = 0;
    for (int32_t k = 0; k < node->n_inputs; k++)
        if (node->inputs[k] && last_of(node->inputs[k], last) > after)
            after = last_of(node->inputs[k], last);
    for (int32_t k = 0; k < node->n_inputs; k++)
        if (node->inputs[k] && rn_op_updates(node->op, k))
            set_last(node->inputs[k], after, last);
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

rn_status rn_move_up(rn_dag *dag, int32_t n)
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
