/* layout.c: chooses layouts in one pass over the graph, in order, so that the layouts of an
 * operator's inputs are known when the backend is asked about it. */
#include "plan/layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"

/* The graph being rewritten: its nodes are appended again, with reorders in between. */
typedef struct settler {
    rn_dag *dag;
    rn_device *device;
} settler;

static rn_value *find_copy(const rn_value *value, int32_t layout)
{
    rn_value *copy = value->copies;
    while (copy && copy->desc.layout != layout)
        copy = copy->next_copy;
    return copy;
}

/* Sets *out to the value in another layout. Reuses the result of an earlier reorder, or appends a
 * new one. */
static rn_status reordered(settler *s, rn_value *value, int32_t layout, uint64_t size_bytes,
                           rn_value **out)
{
    *out = find_copy(value, layout);
    if (*out)
        return RN_OK;
    rn_tensor_desc desc = value->desc;
    desc.layout = layout;
    desc.size_bytes = size_bytes;
    rn_node *node = rn_dag_node(s->dag, "reorder", value->name, NULL, &value, 1);
    *out = node ? rn_dag_output(s->dag, node, RN_REORDER_Y, &desc) : NULL;
    if (!*out)
        return s->dag->status;
    (*out)->next_copy = value->copies;
    value->copies = *out;
    return RN_OK;
}

/* Where the value is a part of a run, its plain copy takes that place. */
static rn_status reordered_to_plain(settler *s, rn_value *value, rn_value **out)
{
    rn_tensor_desc plain = rn_desc_like(&value->desc, value->desc.dtype);
    rn_status status = reordered(s, value, RN_LAYOUT_PLAIN, plain.size_bytes, out);
    if (status || !value->run)
        return status;
    (*out)->run = value->run;
    (*out)->run_offset = value->run_offset;
    value->run = NULL;
    return RN_OK;
}

/* Before an operator reads a run, the parts that were made in another layout are moved to it. */
static rn_status settle_runs(settler *s, const rn_node *node)
{
    rn_status status = RN_OK;
    for (int32_t k = 0; k < node->n_inputs && !status; k++) {
        const rn_value *run = node->inputs[k];
        rn_value *plain;
        for (int32_t i = 0; run && run->role == RN_ROLE_ACTIVATION && i < run->n_parts && !status;
             i++)
            if (run->parts[i]->run && run->parts[i]->desc.layout != RN_LAYOUT_PLAIN)
                status = reordered_to_plain(s, run->parts[i], &plain);
    }
    return status;
}

/* Once an operator has updated a copy, later operators read the copy. */
static void follow_moves(rn_node *node)
{
    for (int32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] && node->inputs[i]->moved)
            node->inputs[i] = node->inputs[i]->moved;
}

/* An operator may update a copy of an activation, but not of a kept tensor. */
static rn_status settle_inputs(settler *s, rn_node *node, const rn_op_answer *answer)
{
    for (int32_t i = 0; i < node->n_inputs; i++) {
        rn_value *value = node->inputs[i];
        int32_t wanted = answer->layouts[i];
        bool is_updated = rn_op_updates(node->op, i);
        if (!value || !wanted || wanted == value->desc.layout)
            continue;
        if (is_updated && value->role != RN_ROLE_ACTIVATION)
            return rn_fail(RN_E_UNSUPPORTED,
                           "%s: %s (%s): the backend wants \"%s\" in another layout, "
                           "but the operator updates it in place",
                           s->device->label, node->name, node->op->name, value->name);
        rn_status status =
            wanted == RN_LAYOUT_PLAIN
                ? reordered_to_plain(s, value, &node->inputs[i])
                : reordered(s, value, wanted, answer->layout_bytes[i], &node->inputs[i]);
        if (status)
            return status;
        if (is_updated)
            value->moved = node->inputs[i];
    }
    return RN_OK;
}

static void settle_outputs(rn_node *node, const rn_op_answer *answer)
{
    for (int32_t i = 0; i < node->n_outputs; i++) {
        int32_t wanted = answer->layouts[node->n_inputs + i];
        if (!node->outputs[i] || !wanted)
            continue;
        node->outputs[i]->desc.layout = wanted;
        node->outputs[i]->desc.size_bytes = answer->layout_bytes[node->n_inputs + i];
    }
}

/* A view is another shape of the same bytes, so its base must be plain. */
static rn_status settle_view(settler *s, rn_node *node)
{
    if (node->inputs[0]->desc.layout == RN_LAYOUT_PLAIN)
        return RN_OK;
    rn_status status = reordered_to_plain(s, node->inputs[0], &node->inputs[0]);
    node->outputs[0]->base = node->inputs[0];
    return status;
}

/* Appends plain copies of what the host reads. */
static rn_status settle_read(settler *s, const rn_node *node)
{
    for (int32_t i = 0; i < node->n_outputs; i++) {
        rn_value *value = node->outputs[i];
        if (!value || !(value->pinned || value->shown) || value->desc.layout == RN_LAYOUT_PLAIN)
            continue;
        rn_status status = reordered_to_plain(s, value, &value->plain);
        if (status)
            return status;
        value->plain->pinned = value->pinned;
    }
    return RN_OK;
}

static rn_status settle_node(settler *s, rn_node *node)
{
    rn_op_answer answer;
    follow_moves(node);
    if (rn_node_is_view(node))
        return settle_view(s, node);
    rn_status status = rn_device_query(s->device, node, &answer);
    if (status == RN_E_UNSUPPORTED)
        return RN_OK; /* rn_plan_create reports all of them together */
    if (status)
        return status;
    status = settle_runs(s, node);
    if (!status)
        status = settle_inputs(s, node, &answer);
    if (status)
        return status;
    settle_outputs(node, &answer);
    return RN_OK;
}

rn_status rn_layout_settle(rn_dag *dag, rn_device *device)
{
    settler s = { .dag = dag, .device = device };
    int32_t n = dag->n_nodes;
    rn_node **old = malloc((size_t)n * sizeof *old + 1);
    if (!old)
        return rn_fail(RN_E_NOMEM, "no memory for the plan");
    memcpy(old, dag->nodes, (size_t)n * sizeof *old);
    dag->n_nodes = 0;
    rn_status status = RN_OK;
    for (int32_t i = 0; i < n; i++) {
        dag->phase = old[i]->phase;
        if (!status)
            status = settle_node(&s, old[i]);
        if (rn_dag_append(dag, old[i]) && !status)
            status = dag->status;
        if (!status)
            status = settle_read(&s, old[i]);
    }
    free(old);
    return status;
}
