/* fuse.c: batch_norm + add + relu as one operator: one pass over memory instead of three, and
 * neither the sum nor the normalised tensor is ever stored. */
#include <string.h>
#include "fuse.h"
#include "op.h"
#include "status.h"

static bool is(const rn_node *node, const char *op)
{
    return node && strcmp(node->op->name, op) == 0;
}

/* The value's producer, if that is a plain batch_norm which nobody else reads. */
static rn_node *lone_norm(const rn_dag *dag, const rn_value *value)
{
    rn_node *node = value->producer;
    if (!is(node, "batch_norm") || rn_value_n_readers(dag, value) != 1)
        return NULL;
    return ((rn_batch_norm_attrs *)node->attrs)->epilogue ? NULL : node;
}

typedef struct match {
    rn_node *norm, *add, *relu; /* add may be NULL */
    rn_value *z;                /* the other summand */
} match;

static bool find_match(const rn_dag *dag, rn_node *relu, match *m)
{
    *m = (match){ .relu = relu };
    rn_value *x = relu->inputs[0];
    m->norm = lone_norm(dag, x);
    if (m->norm)
        return true;
    rn_node *add = x->producer;
    if (!is(add, "add") || rn_value_n_readers(dag, x) != 1)
        return false;
    for (int i = 0; i < 2 && !m->norm; i++) {
        m->norm = lone_norm(dag, add->inputs[i]);
        m->z = add->inputs[1 - i];
    }
    m->add = add;
    return m->norm != NULL;
}

/* The merged operator, not yet in the graph. */
static void merge(const match *m, rn_node *fused, rn_batch_norm_attrs *attrs)
{
    *fused = *m->norm;
    *attrs = *(const rn_batch_norm_attrs *)m->norm->attrs;
    attrs->epilogue = RN_EPILOGUE_RELU | (m->add ? RN_EPILOGUE_ADD : 0);
    fused->attrs = attrs;
    if (m->add)
        fused->inputs[fused->n_inputs++] = m->z;
    fused->outputs[0] = m->relu->outputs[0];
    if (m->relu->n_outputs > 1) {
        fused->outputs[3] = m->relu->outputs[1];
        fused->n_outputs = 4;
    }
}

/* Would the backend compute the gradient of the merged operator? */
static rn_status query_gradient(rn_device *device, const rn_node *fused)
{
    rn_value dy = { .desc = fused->outputs[0]->desc };
    rn_value *x = fused->inputs[0], *weight = fused->inputs[1];
    rn_node grad = {
        .op = rn_op_find("batch_norm_grad"), .name = fused->name, .attrs = fused->attrs,
        .n_inputs = 6,
        .inputs = { x, &dy, weight, fused->outputs[1], fused->outputs[2], fused->outputs[3] },
        .n_outputs = fused->n_inputs > 5 ? 4 : 3,
        .outputs = { x, weight, fused->inputs[2], fused->n_inputs > 5 ? fused->inputs[5] : NULL },
    };
    rn_op_answer answer;
    return rn_device_query(device, &grad, &answer);
}

static bool accepts(rn_device *device, const rn_dag *dag, const rn_node *fused)
{
    rn_op_answer answer;
    rn_status status = rn_device_query(device, fused, &answer);
    if (!status && dag->training)
        status = query_gradient(device, fused);
    rn_fail_clear();
    return !status;
}

static void remove_node(rn_dag *dag, int32_t i)
{
    memmove(&dag->nodes[i], &dag->nodes[i + 1],
            (size_t)(dag->n_nodes - i - 1) * sizeof *dag->nodes);
    dag->n_nodes--;
}

static int32_t position(const rn_dag *dag, const rn_node *node)
{
    int32_t i = 0;
    while (dag->nodes[i] != node)
        i++;
    return i;
}

/* The merged operator takes the relu's place, where both summands are known. */
static void apply(rn_dag *dag, const match *m, const rn_node *fused,
                  const rn_batch_norm_attrs *attrs)
{
    rn_node *norm = m->norm;
    void *own_attrs = norm->attrs;
    norm->outputs[0]->producer = NULL; /* never stored, never read */
    if (m->add)
        m->add->outputs[0]->producer = NULL;
    *norm = *fused;
    norm->attrs = own_attrs;
    memcpy(own_attrs, attrs, sizeof *attrs);
    for (int32_t i = 0; i < norm->n_outputs; i++)
        norm->outputs[i]->producer = norm;
    remove_node(dag, position(dag, norm));
    dag->nodes[position(dag, m->relu)] = norm;
    if (m->add) {
        remove_node(dag, position(dag, m->add));
        rn_node_destroy(m->add);
    }
    rn_node_destroy(m->relu);
}

void rn_fuse_norm(rn_dag *dag, rn_device *device)
{
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        match m;
        rn_node fused;
        rn_batch_norm_attrs attrs;
        if (!is(dag->nodes[i], "relu") || !find_match(dag, dag->nodes[i], &m))
            continue;
        merge(&m, &fused, &attrs);
        if (!accepts(device, dag, &fused))
            continue;
        apply(dag, &m, &fused, &attrs);
        i -= m.add ? 2 : 1;
    }
}
