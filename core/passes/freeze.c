/* freeze.c: adapts the forward graph to parameters that are not trained. */
#include "passes/freeze.h"

#include "graph/op.h"
#include "passes/autodiff.h"

static void take_away(rn_node *node, int32_t slot)
{
    if (node->outputs[slot])
        node->outputs[slot]->producer = NULL; /* never stored, never read */
    node->outputs[slot] = NULL;
}

static void freeze_norm(rn_node *norm)
{
    rn_value *const *in = norm->inputs;
    if (!in[RN_BATCH_NORM_WEIGHT]->is_frozen || !in[RN_BATCH_NORM_BIAS]->is_frozen)
        return;
    ((rn_batch_norm_attrs *)norm->attrs)->training = 0;
    in[RN_BATCH_NORM_RUNNING_MEAN]->is_frozen = in[RN_BATCH_NORM_RUNNING_VAR]->is_frozen = true;
    take_away(norm, RN_BATCH_NORM_MEAN);
    take_away(norm, RN_BATCH_NORM_INV_STD);
}

void rn_freeze_apply(rn_dag *dag)
{
    for (int32_t i = 0; i < dag->n_nodes; i++)
        if (rn_node_is(dag->nodes[i], "batch_norm"))
            freeze_norm(dag->nodes[i]);
    rn_autodiff_mark(dag);
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        rn_node *node = dag->nodes[i];
        if (!node->n_outputs || !node->outputs[0] || node->outputs[0]->needs_gradient)
            continue;
        if (rn_node_is(node, "relu"))
            take_away(node, RN_RELU_MASK);
        if (rn_node_is(node, "max_pool"))
            take_away(node, RN_MAX_POOL_INDEX);
    }
}
