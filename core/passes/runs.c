/* runs.c: updates of many small tensors as one operator.
 *
 * An update of a small tensor costs little more than its launch on a GPU, or than the meeting of
 * the threads on a processor; ResNet-50 has 161 tensors. The operators stay the same: a run is one
 * tensor to the backend. A longer run saves little more, and its gradients take memory until the
 * last of them is known. */
#include "passes/runs.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "passes/merges.h"

typedef struct update {
    rn_node *node; /* NULL where the graph has it again */
    rn_role role;  /* of what is updated */
    int32_t place;
} update;

typedef struct merger {
    rn_dag *dag;
    rn_device *device;
    rn_merges merges;
    int32_t *place;   /* by value: its place in rn_kept_order; -1: it is not kept */
    bool *is_claimed; /* by value: an activation that is to be a part of a run */
    update *updates;  /* that may be merged */
    int32_t n_updates;
    rn_value **parts; /* room for those of one run */
} merger;

static uint64_t bytes_of(const rn_node *node)
{
    return node->inputs[0]->desc.size_bytes;
}

/* ---- What can be joined ---- */

/* Could this activation be made at a place of its own in a run? */
static bool is_free(const merger *m, const rn_value *value)
{
    return value->role == RN_ROLE_ACTIVATION && value->producer && !value->base && !value->run &&
           !value->parts && !m->is_claimed[value->index];
}

/* Does b lie right after a? Where activations lie is still to be chosen. */
static bool follows(const merger *m, const rn_value *a, const rn_value *b)
{
    if (!a || !b)
        return !a && !b;
    int32_t at = m->place[a->index], next = m->place[b->index];
    return at < 0 ? next < 0 : next == at + 1;
}

/* Can the operator `a` be the one before b in a run? */
static bool can_precede(const merger *m, const rn_node *a, const rn_node *b)
{
    if (a->op != b->op || memcmp(a->attrs, b->attrs, a->op->attrs_size) != 0 ||
        bytes_of(a) % RN_ALIGNMENT)
        return false;
    for (int32_t k = 0; k < a->n_inputs; k++) {
        bool is_own = k < a->op->rule->n_elementwise;
        if (is_own ? !follows(m, a->inputs[k], b->inputs[k]) : a->inputs[k] != b->inputs[k])
            return false;
    }
    return true;
}

/* Claims the operator's gradients; false if one is taken. */
static bool claim(merger *m, const rn_node *node)
{
    for (int32_t k = 0; k < node->op->rule->n_elementwise; k++) {
        const rn_value *value = node->inputs[k];
        if (!value || m->place[value->index] >= 0)
            continue;
        if (!is_free(m, value))
            return false;
        m->is_claimed[value->index] = true;
    }
    return true;
}

/* How many updates from `first` on become one. */
static int32_t length_of(merger *m, int32_t first)
{
    uint64_t bytes = bytes_of(m->updates[first].node);
    int32_t n = 1;
    if (!claim(m, m->updates[first].node))
        return 1;
    for (; first + n < m->n_updates; n++) {
        const rn_node *next = m->updates[first + n].node;
        bytes += bytes_of(next);
        if (bytes > RN_RUN_BYTES || !can_precede(m, next, m->updates[first + n - 1].node) ||
            !claim(m, next))
            break;
    }
    return n;
}

/* ---- One operator ---- */

/* Puts the parts of a run where they belong. */
static void place_parts(const rn_value *run)
{
    uint64_t offset = 0;
    for (int32_t i = 0; run && i < run->n_parts; i++) {
        if (run->role == RN_ROLE_ACTIVATION) {
            run->parts[i]->run = (rn_value *)run;
            run->parts[i]->run_offset = offset;
        }
        offset += run->parts[i]->desc.size_bytes;
    }
}

/* The operator that goes through the tensors of n updates, the last of which comes first in
 * memory. */
static rn_node *append_merged(merger *m, const update *updates, int32_t n)
{
    const rn_node *first = updates[n - 1].node;
    rn_value *inputs[RN_MAX_OPERANDS] = { NULL };
    for (int32_t k = 0; k < first->n_inputs; k++) {
        inputs[k] = first->inputs[k];
        if (!inputs[k] || k >= first->op->rule->n_elementwise)
            continue;
        for (int32_t i = 0; i < n; i++)
            m->parts[i] = updates[n - 1 - i].node->inputs[k];
        inputs[k] = rn_dag_run(m->dag, m->parts, n);
        if (!inputs[k])
            return NULL;
    }
    return rn_dag_node(m->dag, first->op->name, inputs[0]->name,
                       first->op->attrs_size ? first->attrs : NULL, inputs, first->n_inputs);
}

static rn_status append_one(merger *m, update *one)
{
    rn_node *node = one->node;
    one->node = NULL;
    return rn_dag_append(m->dag, node);
}

/* Appends n updates as one, or as they are where the backend declines that. */
static rn_status append_run(merger *m, update *updates, int32_t n)
{
    bool accepts = false;
    rn_node *merged = n > 1 ? append_merged(m, updates, n) : NULL;
    rn_status status = m->dag->status;
    if (merged)
        status = rn_merges_ask(&m->merges, m->device, merged, &accepts);
    if (merged && !accepts) {
        m->dag->n_nodes--;
        rn_node_destroy(merged);
    }
    for (int32_t k = 0; accepts && k < merged->op->rule->n_elementwise; k++)
        place_parts(merged->inputs[k]);
    for (int32_t i = 0; !accepts && i < n && !status; i++)
        status = append_one(m, &updates[i]);
    m->merges.n_done += accepts ? n : 0;
    return status;
}

/* ---- All ---- */

/* By role, so that averages come after what they average; then from the last layer to the first. */
static int compare_updates(const void *left, const void *right)
{
    const update *a = left, *b = right;
    return a->role != b->role ? (a->role > b->role) - (a->role < b->role)
                              : (a->place < b->place) - (a->place > b->place);
}

/* Takes the updates that may be merged out of the graph. */
static void take_updates(merger *m, int32_t n)
{
    int32_t end = m->dag->n_nodes, kept = n;
    for (int32_t i = n; i < end; i++) {
        rn_node *node = m->dag->nodes[i];
        const rn_value *updated = node->inputs[0];
        if (node->op->rule->n_elementwise)
            m->updates[m->n_updates++] = (update){ node, updated->role, m->place[updated->index] };
        else
            m->dag->nodes[kept++] = node;
    }
    m->dag->n_nodes = kept;
    qsort(m->updates, (size_t)m->n_updates, sizeof *m->updates, compare_updates);
}

static rn_status find_places(merger *m)
{
    rn_value **order = NULL;
    int32_t n = 0;
    rn_status status = rn_kept_order(m->dag, &order, &n);
    for (int32_t i = 0; i < m->dag->n_values && !status; i++)
        m->place[i] = -1;
    for (int32_t i = 0; i < n && !status; i++)
        m->place[order[i]->index] = i;
    free(order);
    return status;
}

static rn_status merge_all(merger *m, int32_t n)
{
    rn_status status = find_places(m);
    if (status)
        return status;
    take_updates(m, n);
    for (int32_t i = 0, length; i < m->n_updates && !status; i += length) {
        length = length_of(m, i);
        status = append_run(m, &m->updates[i], length);
    }
    for (int32_t i = 0; i < m->n_updates; i++)
        if (m->updates[i].node)
            rn_node_destroy(m->updates[i].node);
    return status;
}

rn_status rn_runs_merge(rn_dag *dag, int32_t n, rn_device *device)
{
    size_t n_values = (size_t)dag->n_values + 1;
    merger m = { .dag = dag,
                 .device = device,
                 .place = calloc(n_values, sizeof *m.place),
                 .is_claimed = calloc(n_values, sizeof *m.is_claimed),
                 .updates = calloc((size_t)(dag->n_nodes - n) + 1, sizeof *m.updates),
                 .parts = calloc(n_values, sizeof *m.parts) };
    rn_status status = RN_OK;
    if (!m.place || !m.is_claimed || !m.updates || !m.parts)
        status = rn_fail(RN_E_NOMEM, "no memory for the graph");
    else
        status = merge_all(&m, n);
    rn_merges_log(&m.merges, "runs", "updates in runs");
    free(m.place);
    free(m.is_claimed);
    free(m.updates);
    free(m.parts);
    return status;
}
