/* bisect_find.c: takes a step of the network operator by operator, in host memory. */
#include "compare/bisect_find.h"

#include <resnet/random.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/status.h"
#include "compare/walk_names.h"
#include "graph/op.h"

#define STATE_SEED 20261201

/* The values of the pass so far, as the reference has computed them. */
typedef struct walk {
    rn_find *find;
    rn_plan *plan;
    void **data;    /* by index of the value that has the memory; NULL: not known, or not needed */
    int32_t *reads; /* that are still to come */
    int32_t n_values;
} walk;

static bool is_computed(const rn_node *node)
{
    return !rn_node_is_view(node) && !rn_node_is(node, "reorder");
}

static rn_status no_memory(const char *name)
{
    return rn_fail(RN_E_NOMEM, "no memory for tensor \"%s\"; lower --batch", name);
}

/* ---- Values from outside of the pass ---- */

/* An optimizer's tensors begin as 0, where a factor of them does not matter. Small positive numbers
 * are possible for all of them: velocities, means, and means of squares. */
static void fill_state(const rn_store_entry *entry, float *values)
{
    uint64_t count = (uint64_t)rn_desc_count(&entry->desc);
    rn_random_fill(STATE_SEED, 0, rn_store_stream(entry->name), values, count);
    for (uint64_t i = 0; i < count; i++)
        values[i] = 1e-3f * (values[i] + 0.5f);
}

/* Biases of 0 and factors of 1, as initial values are, hide that they are missing or swapped.
 * Numbers that are all equal become a little larger, each by another amount. */
static void vary(const rn_store_entry *entry, float *values)
{
    uint32_t stream = rn_store_stream(entry->name);
    int64_t count = rn_desc_count(&entry->desc);
    for (int64_t i = 1; i < count; i++)
        if (values[i] != values[0])
            return;
    for (int64_t i = 0; i < count; i++)
        values[i] += 0.1f * rn_random_uniform(STATE_SEED, 0, stream, (uint64_t)i);
}

static rn_status fetch_kept(walk *w, const rn_value *value, void *to)
{
    rn_store *store = w->find->session->store;
    const rn_store_entry *entry = rn_store_find(store, value->name);
    if (!entry)
        return rn_fail(RN_E_SHAPE, "\"%s\" is not among the kept tensors", value->name);
    if (value->role == RN_ROLE_OPTIMIZER) {
        fill_state(entry, to);
        return RN_OK;
    }
    rn_status status = rn_store_download(store, entry, to);
    if (!status && (value->role == RN_ROLE_PARAM || value->role == RN_ROLE_STATE))
        vary(entry, to);
    return status;
}

/* Fetches an input of the step or a kept tensor when it is first read. */
static rn_status fetch(walk *w, const rn_value *value)
{
    void *to = malloc(value->desc.size_bytes);
    if (!to)
        return no_memory(value->name);
    w->data[value->index] = to;
    return rn_value_is_kept(value) ? fetch_kept(w, value, to)
                                   : rn_plan_download(w->plan, value, to);
}

/* ---- The walk ---- */

static rn_status begin(walk *w)
{
    const rn_dag *dag = w->plan->dag;
    w->n_values = dag->n_values;
    w->data = calloc((size_t)dag->n_values + 1, sizeof *w->data);
    w->reads = calloc((size_t)dag->n_values + 1, sizeof *w->reads);
    if (!w->data || !w->reads)
        return no_memory("values");
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        const rn_node *node = dag->nodes[i];
        for (int32_t k = 0; k < node->n_inputs && is_computed(node); k++)
            if (node->inputs[k])
                w->reads[rn_walk_computed(node->inputs[k])->index]++;
    }
    return rn_step_upload(w->find->plans, w->find->batch, w->find->params);
}

static void end(walk *w)
{
    for (int32_t i = 0; w->data && i < w->n_values; i++)
        free(w->data[i]);
    free(w->data);
    free(w->reads);
}

/* Copies the inputs' numbers into the case. */
static rn_status set_inputs(walk *w, const rn_node *node, rn_case *c)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < node->n_inputs && !status; i++) {
        const rn_value *value = node->inputs[i] ? rn_walk_computed(node->inputs[i]) : NULL;
        if (!value)
            continue;
        if (!w->data[value->index])
            status = fetch(w, value);
        if (status)
            return status;
        c->tensors[i].data = malloc(c->tensors[i].desc.size_bytes);
        if (!c->tensors[i].data)
            return no_memory(value->name);
        memcpy(c->tensors[i].data, w->data[value->index], c->tensors[i].desc.size_bytes);
    }
    return status;
}

/* What the reference has computed becomes what later operators read. */
static void keep_results(walk *w, const rn_node *node, rn_trial *trial)
{
    for (int32_t i = 0; i < node->n_inputs + node->n_outputs; i++) {
        const rn_value *value =
            i < node->n_inputs ? node->inputs[i] : node->outputs[i - node->n_inputs];
        if (!value || !trial->expected.data[i])
            continue;
        int32_t index = rn_walk_computed(value)->index;
        if (!w->reads[index])
            continue;
        free(w->data[index]);
        w->data[index] = trial->expected.data[i];
        trial->expected.data[i] = NULL;
    }
}

static void release_inputs(walk *w, const rn_node *node)
{
    for (int32_t i = 0; i < node->n_inputs; i++) {
        int32_t index = node->inputs[i] ? rn_walk_computed(node->inputs[i])->index : -1;
        if (index < 0 || --w->reads[index] > 0)
            continue;
        free(w->data[index]);
        w->data[index] = NULL;
    }
}

/* Runs the operator on both. A form that one of them declines is left out: masks are bytes here,
 * and bits in the network. */
static rn_status try(walk *w, const rn_case *c, rn_trial *trial)
{
    const rn_goal any = { .operand = -1 };
    rn_find *find = w->find;
    rn_status status = rn_trial_expect(find->lab, c, trial);
    if (status)
        return status;
    status = rn_trial_run(find->lab, c, &any, find->n_runs, trial);
    if (status != RN_E_UNSUPPORTED)
        return status;
    rn_log(RN_LOG_INFO, "bisect: not tried alone: %s", rn_fail_text());
    rn_fail_clear();
    find->n_declined++;
    return RN_OK;
}

static rn_status take_node(walk *w, const rn_node *node, rn_case *c, rn_trial *trial)
{
    rn_status status = rn_case_of_node(node, c);
    if (status)
        return status;
    status = set_inputs(w, node, c);
    if (status)
        return status;
    rn_log(RN_LOG_INFO, "bisect: running %s of %s", c->op->name, c->layer);
    status = try(w, c, trial);
    w->find->n_operators++;
    w->find->found = !status && trial->n_failed > 0;
    if (status || w->find->found)
        return status;
    keep_results(w, node, trial);
    release_inputs(w, node);
    rn_trial_clear(trial);
    rn_case_clear(c);
    return rn_interrupt_signal()
               ? rn_fail(RN_E_INTERRUPTED, "interrupted before an operator was found that is wrong")
               : RN_OK;
}

rn_status rn_find_first(rn_find *find, rn_case *c, rn_trial *trial)
{
    walk w = { .find = find, .plan = find->plans->by_rank[0] };
    const rn_dag *dag = w.plan->dag;
    rn_status status = begin(&w);
    for (int32_t i = 0; i < dag->n_nodes && !status && !find->found && !find->out_of_time; i++)
        if (is_computed(dag->nodes[i])) {
            status = take_node(&w, dag->nodes[i], c, trial);
            find->out_of_time = !find->found && i + 1 < dag->n_nodes && rn_lab_is_over(find->lab);
        }
    end(&w);
    return status;
}
