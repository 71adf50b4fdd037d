/* fuse.c: merges batch_norm + add + relu and conv2d + add + relu into one operator: one pass over
 * memory instead of three, and the intermediate results are never stored. */
#include "passes/fuse.h"

#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "passes/merges.h"

/* The operator that takes in the others. */
typedef struct match {
    rn_node *first;
    rn_node *add, *relu; /* either may be NULL */
    rn_value *z;         /* the other summand */
} match;

/* The summand that `lone` finds mergeable becomes `first`, the other one z. */
static void find_summand(match *m, const rn_node *add, rn_node *(*lone)(const rn_value *))
{
    rn_value *a = add->inputs[RN_ADD_A], *b = add->inputs[RN_ADD_B];
    m->first = lone(a);
    m->z = b;
    if (m->first)
        return;
    m->first = lone(b);
    m->z = a;
}

/* The merged operator, not yet in the graph: its attributes are where `attrs` points. */
static void merge(const match *m, int32_t z_slot, void *attrs, int32_t *epilogue, rn_node *merged)
{
    *merged = *m->first;
    memcpy(attrs, m->first->attrs, m->first->op->attrs_size);
    *epilogue = (m->relu ? RN_EPILOGUE_RELU : 0) | (m->add ? RN_EPILOGUE_ADD : 0);
    merged->attrs = attrs;
    if (m->add)
        merged->inputs[z_slot] = m->z;
    merged->outputs[0] = m->relu ? m->relu->outputs[RN_RELU_Y] : m->add->outputs[RN_ADD_Y];
}

/* Moves the merged operator to the position of the last one, where both summands are known. */
static void apply(rn_dag *dag, const match *m, const rn_node *merged)
{
    rn_node *first = m->first;
    void *attrs = first->attrs;
    int32_t position = m->relu ? m->relu->position : m->add->position;
    first->outputs[0]->producer = NULL; /* never stored, never read */
    if (m->add)
        rn_dag_drop(dag, m->add);
    if (m->relu)
        rn_dag_drop(dag, m->relu);
    rn_dag_move(dag, first, position);
    *first = *merged;
    first->position = position;
    first->attrs = attrs;
    if (m->add)
        m->z->reader = first;
    memcpy(attrs, merged->attrs, first->op->attrs_size);
    for (int32_t i = 0; i < first->n_outputs; i++)
        if (first->outputs[i])
            first->outputs[i]->producer = first;
}

/* ---- batch_norm ---- */

static rn_node *lone_norm(const rn_value *value)
{
    rn_node *node = rn_value_sole_producer(value, "batch_norm");
    return node && !((rn_batch_norm_attrs *)node->attrs)->epilogue ? node : NULL;
}

/* The gradient of a batch norm that uses running statistics in training knows no epilogue. */
static bool has_gradient(const match *m)
{
    return !m->relu->outputs[RN_RELU_Y]->needs_gradient ||
           ((const rn_batch_norm_attrs *)m->first->attrs)->training;
}

static bool find_norm(rn_node *relu, match *m)
{
    rn_value *x = relu->inputs[RN_RELU_X];
    *m = (match){ .relu = relu, .first = lone_norm(x) };
    if (!m->first)
        m->add = rn_value_sole_producer(x, "add");
    if (m->add)
        find_summand(m, m->add, lone_norm);
    return m->first && has_gradient(m);
}

/* Would the backend compute the gradient of the merged operator? */
static rn_status ask_gradient(rn_merges *merges, rn_device *device, const rn_node *norm,
                              bool *accepts)
{
    rn_value *const *in = norm->inputs, *const *out = norm->outputs;
    rn_value dy = { .desc = out[RN_BATCH_NORM_Y]->desc };
    rn_node grad = {
        .op = rn_op_find("batch_norm_grad"),
        .name = norm->name,
        .attrs = norm->attrs,
        .n_inputs = RN_BATCH_NORM_GRAD_N_INPUTS,
        .inputs = { [RN_BATCH_NORM_GRAD_X] = in[RN_BATCH_NORM_X],
                    [RN_BATCH_NORM_GRAD_DY] = &dy,
                    [RN_BATCH_NORM_GRAD_WEIGHT] = in[RN_BATCH_NORM_WEIGHT],
                    [RN_BATCH_NORM_GRAD_MEAN] = out[RN_BATCH_NORM_MEAN],
                    [RN_BATCH_NORM_GRAD_INV_STD] = out[RN_BATCH_NORM_INV_STD],
                    [RN_BATCH_NORM_GRAD_MASK] = out[RN_BATCH_NORM_MASK] },
        .n_outputs = RN_BATCH_NORM_GRAD_N_OUTPUTS,
        .outputs = { [RN_BATCH_NORM_GRAD_DX] = in[RN_BATCH_NORM_X],
                     [RN_BATCH_NORM_GRAD_DWEIGHT] = in[RN_BATCH_NORM_WEIGHT],
                     [RN_BATCH_NORM_GRAD_DBIAS] = in[RN_BATCH_NORM_BIAS],
                     [RN_BATCH_NORM_GRAD_DZ] = in[RN_BATCH_NORM_Z] },
    };
    return rn_merges_ask(merges, device, &grad, accepts);
}

static rn_status merge_norm(rn_dag *dag, rn_device *device, const match *m, rn_merges *merges)
{
    bool accepts = false;
    rn_node merged;
    rn_batch_norm_attrs attrs;
    merge(m, RN_BATCH_NORM_Z, &attrs, &attrs.epilogue, &merged);
    merged.outputs[RN_BATCH_NORM_MASK] = m->relu->outputs[RN_RELU_MASK];
    rn_status status = rn_merges_ask(merges, device, &merged, &accepts);
    if (accepts && m->relu->outputs[RN_RELU_Y]->needs_gradient)
        status = ask_gradient(merges, device, &merged, &accepts);
    if (accepts)
        apply(dag, m, &merged);
    merges->n_done += accepts;
    return status;
}

rn_status rn_fuse_norm(rn_dag *dag, rn_device *device)
{
    rn_status status = RN_OK;
    rn_merges merges = { 0 };
    rn_dag_index(dag);
    for (int32_t i = 0; i < dag->n_nodes && !status; i++) {
        rn_node *node = dag->nodes[i];
        match m;
        if (node && rn_node_is(node, "relu") && find_norm(node, &m))
            status = merge_norm(dag, device, &m, &merges);
    }
    rn_dag_compact(dag);
    rn_merges_log(&merges, "fuse", "batch norms with add and relu");
    return status;
}

/* ---- conv2d ---- */

static rn_node *lone_conv(const rn_value *value)
{
    rn_node *node = rn_value_sole_producer(value, "conv2d");
    return node && !((rn_conv2d_attrs *)node->attrs)->epilogue ? node : NULL;
}

/* The relu that alone reads the value, or NULL. */
static rn_node *lone_relu(const rn_value *value)
{
    bool is_lone = !value->pinned && value->n_readers == 1 && rn_node_is(value->reader, "relu");
    return is_lone ? value->reader : NULL;
}

static bool find_conv(rn_node *node, match *m)
{
    *m = (match){ .relu = NULL };
    if (rn_node_is(node, "relu")) {
        m->relu = node;
        m->first = lone_conv(node->inputs[RN_RELU_X]);
    } else if (rn_node_is(node, "add")) {
        m->add = node;
        m->relu = lone_relu(node->outputs[RN_ADD_Y]);
        find_summand(m, node, lone_conv);
    }
    return m->first != NULL;
}

static rn_status merge_conv(rn_dag *dag, rn_device *device, const match *m, rn_merges *merges,
                            bool *done)
{
    rn_node merged;
    rn_conv2d_attrs attrs;
    merge(m, RN_CONV2D_Z, &attrs, &attrs.epilogue, &merged);
    rn_status status = rn_merges_ask(merges, device, &merged, done);
    if (*done)
        apply(dag, m, &merged);
    merges->n_done += *done;
    return status;
}

rn_status rn_fuse_conv(rn_dag *dag, rn_device *device)
{
    rn_status status = RN_OK;
    rn_merges merges = { 0 };
    rn_dag_index(dag);
    for (int32_t i = 0; i < dag->n_nodes && !status; i++) {
        match m;
        bool done;
        if (!dag->nodes[i] || dag->nodes[i]->outputs[0]->needs_gradient ||
            !find_conv(dag->nodes[i], &m))
            continue;
        status = merge_conv(dag, device, &m, &merges, &done);
        if (!status && !done && m.add && m.relu) {
            m.relu = NULL;
            status = merge_conv(dag, device, &m, &merges, &done);
        }
    }
    rn_dag_compact(dag);
    rn_merges_log(&merges, "fuse", "convolutions with add and relu");
    return status;
}
