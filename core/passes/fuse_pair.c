/* fuse_pair.c: merges the batch norm at the end of a residual block with that of its shortcut, so
 * that the normalised shortcut is never stored, and its gradient not either. rn_fuse_norm() has
 * merged the sum and the relu into the first one. */
#include <string.h>

#include "graph/op.h"
#include "ops/batch_norm_pair.h"
#include "passes/fuse.h"
#include "passes/merges.h"

/* Do both compute the same, apart from the weights they begin with and the epilogue? */
static bool are_alike(const rn_batch_norm_attrs *a, const rn_batch_norm_attrs *b)
{
    return a->training && b->training && a->epsilon == b->epsilon && a->momentum == b->momentum &&
           a->synchronised == b->synchronised;
}

static bool is_trained(const rn_node *norm)
{
    return norm->inputs[RN_BATCH_NORM_X]->needs_gradient &&
           norm->inputs[RN_BATCH_NORM_WEIGHT]->needs_gradient &&
           norm->inputs[RN_BATCH_NORM_BIAS]->needs_gradient;
}

/* The batch norm of the shortcut that is added, or NULL. */
static rn_node *find_other(const rn_node *norm)
{
    const rn_batch_norm_attrs *a = norm->attrs;
    if (a->epilogue != (RN_EPILOGUE_ADD | RN_EPILOGUE_RELU) || !norm->outputs[RN_BATCH_NORM_MASK])
        return NULL;
    rn_node *other = rn_value_sole_producer(norm->inputs[RN_BATCH_NORM_Z], "batch_norm");
    bool can = other && !((const rn_batch_norm_attrs *)other->attrs)->epilogue &&
               are_alike(a, other->attrs) && is_trained(norm) && is_trained(other);
    return can ? other : NULL;
}

/* The merged operator, not yet in the graph. */
static rn_node pair_of(const rn_node *norm, const rn_node *other)
{
    rn_value *const *x = norm->inputs, *const *z = other->inputs;
    return (rn_node){
        .op = rn_op_find("batch_norm_pair"),
        .name = norm->name,
        .attrs = norm->attrs,
        .n_inputs = RN_BATCH_NORM_PAIR_N_INPUTS,
        .inputs = { [RN_BATCH_NORM_PAIR_X] = x[RN_BATCH_NORM_X],
                    [RN_BATCH_NORM_PAIR_WEIGHT] = x[RN_BATCH_NORM_WEIGHT],
                    [RN_BATCH_NORM_PAIR_BIAS] = x[RN_BATCH_NORM_BIAS],
                    [RN_BATCH_NORM_PAIR_RUNNING_MEAN] = x[RN_BATCH_NORM_RUNNING_MEAN],
                    [RN_BATCH_NORM_PAIR_RUNNING_VAR] = x[RN_BATCH_NORM_RUNNING_VAR],
                    [RN_BATCH_NORM_PAIR_Z] = z[RN_BATCH_NORM_X],
                    [RN_BATCH_NORM_PAIR_Z_WEIGHT] = z[RN_BATCH_NORM_WEIGHT],
                    [RN_BATCH_NORM_PAIR_Z_BIAS] = z[RN_BATCH_NORM_BIAS],
                    [RN_BATCH_NORM_PAIR_Z_RUNNING_MEAN] = z[RN_BATCH_NORM_RUNNING_MEAN],
                    [RN_BATCH_NORM_PAIR_Z_RUNNING_VAR] = z[RN_BATCH_NORM_RUNNING_VAR] },
        .n_outputs = RN_BATCH_NORM_PAIR_N_OUTPUTS,
        .outputs = { [RN_BATCH_NORM_PAIR_Y] = norm->outputs[RN_BATCH_NORM_Y],
                     [RN_BATCH_NORM_PAIR_MEAN] = norm->outputs[RN_BATCH_NORM_MEAN],
                     [RN_BATCH_NORM_PAIR_INV_STD] = norm->outputs[RN_BATCH_NORM_INV_STD],
                     [RN_BATCH_NORM_PAIR_Z_MEAN] = other->outputs[RN_BATCH_NORM_MEAN],
                     [RN_BATCH_NORM_PAIR_Z_INV_STD] = other->outputs[RN_BATCH_NORM_INV_STD],
                     [RN_BATCH_NORM_PAIR_MASK] = norm->outputs[RN_BATCH_NORM_MASK] },
    };
}

/* Would the backend compute the gradient of the pair? */
static rn_status ask_gradient(rn_merges *merges, rn_device *device, const rn_node *pair,
                              bool *accepts)
{
    rn_value dy = { .desc = pair->outputs[RN_BATCH_NORM_PAIR_Y]->desc };
    rn_node grad = { .op = rn_op_find("batch_norm_pair_grad"),
                     .name = pair->name,
                     .attrs = pair->attrs,
                     .n_inputs = RN_BATCH_NORM_PAIR_GRAD_N_INPUTS,
                     .n_outputs = RN_BATCH_NORM_PAIR_GRAD_N_OUTPUTS };
    /* A gradient is described like what it is the gradient of. */
    rn_batch_norm_pair_gradient(pair, &dy, grad.inputs, grad.outputs);
    return rn_merges_ask(merges, device, &grad, accepts);
}

/* Puts the merged operator in the place of the first one, where both images are known. */
static rn_status apply(rn_dag *dag, rn_node *norm, rn_node *other, const rn_node *merged)
{
    int32_t position = norm->position;
    rn_node *pair = rn_dag_node(dag, "batch_norm_pair", norm->name, norm->attrs, merged->inputs,
                                merged->n_inputs);
    if (!pair)
        return dag->status;
    pair->phase = norm->phase;
    memcpy(pair->outputs, merged->outputs, sizeof pair->outputs);
    pair->position = dag->n_nodes - 1;
    rn_dag_drop(dag, norm);
    rn_dag_drop(dag, other); /* its result is never stored, never read */
    rn_dag_move(dag, pair, position);
    for (int32_t i = 0; i < pair->n_outputs; i++)
        pair->outputs[i]->producer = pair;
    return RN_OK;
}

rn_status rn_fuse_pair(rn_dag *dag, rn_device *device)
{
    rn_status status = RN_OK;
    rn_merges merges = { 0 };
    rn_dag_index(dag);
    int32_t n = dag->n_nodes;
    for (int32_t i = 0; i < n && !status; i++) {
        rn_node *norm = dag->nodes[i];
        rn_node *other = norm && rn_node_is(norm, "batch_norm") ? find_other(norm) : NULL;
        bool accepts = false;
        if (!other)
            continue;
        rn_node merged = pair_of(norm, other);
        status = rn_merges_ask(&merges, device, &merged, &accepts);
        if (accepts)
            status = ask_gradient(&merges, device, &merged, &accepts);
        if (accepts)
            status = apply(dag, norm, other, &merged);
        merges.n_done += accepts;
    }
    rn_dag_compact(dag);
    rn_merges_log(&merges, "fuse", "pairs of batch norms");
    return status;
}
