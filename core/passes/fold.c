/* fold.c: rewrites conv2d + batch_norm as conv2d with another weight and bias, so that the
 * normalisation costs a step nothing. */
#include "passes/fold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "passes/merges.h"

/* The convolution into which the batch norm can be folded, or NULL. */
static rn_node *find_conv(const rn_node *norm)
{
    if (!rn_node_is(norm, "batch_norm") || ((const rn_batch_norm_attrs *)norm->attrs)->epilogue ||
        norm->outputs[RN_BATCH_NORM_Y]->needs_gradient)
        return NULL;
    rn_node *conv = rn_value_sole_producer(norm->inputs[RN_BATCH_NORM_X], "conv2d");
    bool can = conv && !((const rn_conv2d_attrs *)conv->attrs)->epilogue &&
               conv->inputs[RN_CONV2D_WEIGHT]->n_readers == 1;
    return can ? conv : NULL;
}

/* The inputs of the batch_norm_fold. */
static void list_inputs(const rn_node *conv, const rn_node *norm,
                        rn_value *inputs[RN_BATCH_NORM_FOLD_N_INPUTS])
{
    inputs[RN_BATCH_NORM_FOLD_WEIGHT] = conv->inputs[RN_CONV2D_WEIGHT];
    inputs[RN_BATCH_NORM_FOLD_BIAS] = conv->inputs[RN_CONV2D_BIAS];
    inputs[RN_BATCH_NORM_FOLD_GAMMA] = norm->inputs[RN_BATCH_NORM_WEIGHT];
    inputs[RN_BATCH_NORM_FOLD_BETA] = norm->inputs[RN_BATCH_NORM_BIAS];
    inputs[RN_BATCH_NORM_FOLD_RUNNING_MEAN] = norm->inputs[RN_BATCH_NORM_RUNNING_MEAN];
    inputs[RN_BATCH_NORM_FOLD_RUNNING_VAR] = norm->inputs[RN_BATCH_NORM_RUNNING_VAR];
}

/* Would the backend compute both the fold and the convolution with the folded weight? */
static rn_status ask(rn_merges *merges, rn_device *device, const rn_node *conv, const rn_node *norm,
                     bool *accepts)
{
    rn_value weight = { .desc = conv->inputs[RN_CONV2D_WEIGHT]->desc };
    rn_value bias = { .desc = norm->inputs[RN_BATCH_NORM_BIAS]->desc };
    rn_node fold = { .op = rn_op_find("batch_norm_fold"),
                     .name = conv->name,
                     .attrs = norm->attrs,
                     .n_inputs = RN_BATCH_NORM_FOLD_N_INPUTS,
                     .n_outputs = RN_BATCH_NORM_FOLD_N_OUTPUTS,
                     .outputs = { [RN_BATCH_NORM_FOLD_FOLDED_WEIGHT] = &weight,
                                  [RN_BATCH_NORM_FOLD_FOLDED_BIAS] = &bias } };
    rn_conv2d_attrs attrs = *(const rn_conv2d_attrs *)conv->attrs;
    rn_node folded = *conv;
    list_inputs(conv, norm, fold.inputs);
    attrs.has_bias = 1;
    folded.attrs = &attrs;
    folded.inputs[RN_CONV2D_WEIGHT] = &weight;
    folded.inputs[RN_CONV2D_BIAS] = &bias;
    rn_status status = rn_merges_ask(merges, device, &fold, accepts);
    return *accepts ? rn_merges_ask(merges, device, &folded, accepts) : status;
}

/* Appends the batch_norm_fold. */
static rn_status append_fold(rn_dag *dag, const rn_node *conv, const rn_node *norm, rn_node **out)
{
    rn_value *inputs[RN_BATCH_NORM_FOLD_N_INPUTS];
    size_t size = strlen(conv->name) + sizeof ".folded";
    char *name = malloc(size);
    if (!name)
        return rn_fail(RN_E_NOMEM, "no memory for the graph");
    snprintf(name, size, "%s.folded", conv->name);
    list_inputs(conv, norm, inputs);
    rn_node *fold =
        rn_dag_node(dag, "batch_norm_fold", name, norm->attrs, inputs, RN_BATCH_NORM_FOLD_N_INPUTS);
    free(name);
    if (!dag->status)
        rn_dag_output(dag, fold, RN_BATCH_NORM_FOLD_FOLDED_WEIGHT,
                      &inputs[RN_BATCH_NORM_FOLD_WEIGHT]->desc);
    if (!dag->status)
        rn_dag_output(dag, fold, RN_BATCH_NORM_FOLD_FOLDED_BIAS,
                      &inputs[RN_BATCH_NORM_FOLD_GAMMA]->desc);
    *out = fold;
    return dag->status;
}

/* Moves the convolution to the batch norm's position, where it computes its result, and the fold to
 * the convolution's. */
static rn_status fold_into(rn_dag *dag, rn_node *conv, rn_node *norm)
{
    rn_node *fold = NULL;
    rn_status status = append_fold(dag, conv, norm, &fold);
    if (status)
        return status;
    rn_value *y = norm->outputs[RN_BATCH_NORM_Y];
    ((rn_conv2d_attrs *)conv->attrs)->has_bias = 1;
    conv->inputs[RN_CONV2D_WEIGHT] = fold->outputs[RN_BATCH_NORM_FOLD_FOLDED_WEIGHT];
    conv->inputs[RN_CONV2D_BIAS] = fold->outputs[RN_BATCH_NORM_FOLD_FOLDED_BIAS];
    conv->outputs[RN_CONV2D_Y]->producer = NULL; /* never stored, never read */
    int32_t conv_position = conv->position, norm_position = norm->position;
    rn_dag_drop(dag, norm);
    rn_dag_move(dag, conv, norm_position);
    rn_dag_move(dag, fold, conv_position);
    conv->outputs[RN_CONV2D_Y] = y;
    y->producer = conv;
    return RN_OK;
}

rn_status rn_fold_norm(rn_dag *dag, rn_device *device)
{
    rn_status status = RN_OK;
    rn_merges merges = { 0 };
    rn_dag_index(dag);
    for (int32_t i = 0; i < dag->n_nodes && !status; i++) {
        rn_node *norm = dag->nodes[i], *conv = norm ? find_conv(norm) : NULL;
        bool accepts = false;
        if (conv)
            status = ask(&merges, device, conv, norm, &accepts);
        if (accepts)
            status = fold_into(dag, conv, norm);
        merges.n_done += accepts;
    }
    rn_dag_compact(dag);
    rn_merges_log(&merges, "fold", "batch norms into convolutions");
    return status;
}
