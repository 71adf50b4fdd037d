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

/* The merged operator, not yet in the graph: its attributes are where `attrs` points. */
static void merge(const match *m, int32_t z_slot, void *attrs, int32_t *epilogue, rn_node *merged)
{
    *merged = *m->first;
    memcpy(attrs, m->first->attrs, m->first->op->attrs_size);
    *epilogue = (m->relu ? RN_EPILOGUE_RELU : 0) | (m->add ? RN_EPILOGUE_ADD : 0);
    merged->attrs = attrs;
    if (m->add) {
        merged->inputs[z_slot] = m->z;
        merged->n_inputs = z_slot + 1;
    }
    merged->outputs[0] = m->relu ? m->relu->outputs[0] : m->add->outputs[0];
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
        first->outputs[i]->producer = first;
}

/* ---- batch_norm ---- */

static rn_node *lone_norm(const rn_value *value)
{
    rn_node *node = rn_value_sole_producer(value, "batch_norm");
    return node && !((rn_batch_norm_attrs *)node->attrs)->epilogue ? node : NULL;
}

static bool find_norm(rn_node *relu, match *m)
{
    *m = (match){ .relu = relu, .first = lone_norm(relu->inputs[0]) };
    if (m->first)
        return true;
    m->add = rn_value_sole_producer(relu->inputs[0], "add");
    for (int i = 0; i < 2 && m->add && !m->first; i++) {
        m->first = lone_norm(m->add->inputs[i]);
        m->z = m->add->inputs[1 - i];
    }
    return m->first != NULL;
}

/* Would the backend compute the gradient of the merged operator? */
static rn_status ask_gradient(rn_merges *merges, rn_device *device, const rn_node *norm,
                              bool *accepts)
{
    rn_value dy = { .desc = norm->outputs[0]->desc };
    rn_value *x = norm->inputs[0], *weight = norm->inputs[1];
    rn_node grad = {
        .op = rn_op_find("batch_norm_grad"),
        .name = norm->name,
        .attrs = norm->attrs,
        .n_inputs = 6,
        .inputs = { x, &dy, weight, norm->outputs[1], norm->outputs[2], norm->outputs[3] },
        .n_outputs = norm->n_inputs > 5 ? 4 : 3,
        .outputs = { x, weight, norm->inputs[2], norm->n_inputs > 5 ? norm->inputs[5] : NULL },
    };
    return rn_merges_ask(merges, device, &grad, accepts);
}

static rn_status merge_norm(rn_dag *dag, rn_device *device, const match *m, rn_merges *merges)
{
    bool accepts = false;
    rn_node merged;
    rn_batch_norm_attrs attrs;
    merge(m, 5, &attrs, &attrs.epilogue, &merged);
    if (m->relu->n_outputs > 1) {
        merged.outputs[3] = m->relu->outputs[1];
        merged.n_outputs = 4;
    }
    rn_status status = rn_merges_ask(merges, device, &merged, &accepts);
    if (accepts && dag->training)
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
        m->first = lone_conv(node->inputs[0]);
    } else if (rn_node_is(node, "add")) {
        m->add = node;
        m->relu = lone_relu(node->outputs[0]);
        for (int i = 0; i < 2 && !m->first; i++) {
            m->first = lone_conv(node->inputs[i]);
            m->z = node->inputs[1 - i];
        }
    }
    return m->first != NULL;
}

static rn_status merge_conv(rn_dag *dag, rn_device *device, const match *m, rn_merges *merges,
                            bool *done)
{
    rn_node merged;
    rn_conv2d_attrs attrs;
    merge(m, 3, &attrs, &attrs.epilogue, &merged);
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
        if (!dag->nodes[i] || !find_conv(dag->nodes[i], &m))
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
