/* walk.c: a step by hand: launch, look at what was computed, and, for isolated steps or with noise,
 * put something else in its place before the next operator reads it. So every operator has the
 * reference's inputs, although each value is in memory only as long as in a usual step. */
#include "compare/walk.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/disturb.h"
#include "compare/limits.h"
#include "compare/walk_names.h"
#include "compare/walk_tensor.h"
#include "graph/op.h"

typedef struct walker {
    const rn_walk *walk;
    rn_plan *plan;
    rn_walk_names names;
    rn_walk_tensors tensors;
    float *values, *clean; /* of the current tensor; room for the largest */
    int64_t index;         /* of the next tensor that is shown */
    uint32_t n_results;    /* so far; each has its own random stream */
    bool *is_own;          /* isolated: by value; the reference has none to replace it */
} walker;

/* ---- Showing ---- */

static bool is_wanted(const walker *w, const rn_walk_name *name)
{
    return !w->walk->layers || fnmatch(w->walk->layers, name->text, 0) == 0;
}

static bool is_any_wanted(const walker *w, int32_t first)
{
    bool found = false;
    for (int32_t i = first; i >= 0 && !found; i = w->names.names[i].next)
        found = is_wanted(w, &w->names.names[i]);
    return found;
}

/* Does the node read a result that the reference does not have? */
static bool reads_own(const walker *w, const rn_node *node)
{
    for (int32_t k = 0; k < node->n_inputs; k++) {
        const rn_value *value = node->inputs[k];
        while (value && value->base)
            value = value->base;
        if (value && w->is_own[value->index])
            return true;
    }
    return false;
}

/* Calls `visit` for each name of the values. */
static rn_status visit(walker *w, int32_t first, rn_walk_place place)
{
    rn_status status = RN_OK;
    for (int32_t i = first; i >= 0 && !status; i = w->names.names[i].next) {
        const rn_walk_name *name = &w->names.names[i];
        rn_traced tensor = { .kind = name->kind,
                             .name = name->text,
                             .op = place.node->op->name,
                             .layer = place.node->name,
                             .rank = name->desc->rank,
                             .count = rn_desc_count(name->desc),
                             .sum_length = rn_limits_sum_length(place.node),
                             .index = w->index++,
                             .reads_own = reads_own(w, place.node),
                             .values = w->values };
        memcpy(tensor.shape, name->desc->shape, sizeof tensor.shape);
        if (is_wanted(w, name))
            status = w->walk->visit(w->walk->context, &tensor);
    }
    return status;
}

/* ---- Replacing ---- */

/* Sets `values` to another run's, by any of the tensor's names. */
static rn_status fetch(const walker *w, rn_walk_fetch *from, int32_t first, float *values)
{
    rn_status status = RN_E_UNSUPPORTED;
    for (int32_t i = first; i >= 0 && status == RN_E_UNSUPPORTED; i = w->names.names[i].next) {
        const rn_walk_name *name = &w->names.names[i];
        status = from(w->walk->context, name->kind, name->text, rn_desc_count(name->desc), values);
    }
    return status;
}

/* Changes w->values into what the next operators are to read. RN_E_UNSUPPORTED: nothing else than
 * what was computed. */
static rn_status choose(walker *w, int32_t first, const rn_value *value)
{
    const rn_walk *walk = w->walk;
    uint32_t stream = w->n_results++;
    bool moves = walk->noise > 0 && value->desc.dtype == RN_F32;
    rn_status status = RN_OK;
    if (walk->fetch)
        status = fetch(w, walk->fetch, first, w->values);
    else if (moves)
        status = fetch(w, walk->fetch_clean, first, w->clean);
    else
        return RN_E_UNSUPPORTED;
    if (status || !moves)
        return status;
    rn_disturb(w->values, walk->fetch ? NULL : w->clean, rn_desc_count(&value->desc), walk->noise,
               stream);
    return RN_OK;
}

static rn_status replace(walker *w, int32_t first, const rn_value *value)
{
    rn_status status = choose(w, first, value);
    if (!status)
        status = rn_walk_tensor_write(&w->tensors, value, w->values);
    if (status != RN_E_UNSUPPORTED)
        return status;
    w->is_own[value->index] = w->walk->fetch && w->names.names[first].kind != RN_TRACED_MASK;
    rn_fail_clear();
    return RN_OK;
}

/* ---- The step ---- */

static bool replaces(const rn_walk *walk)
{
    return walk->fetch || walk->noise > 0;
}

/* Shows a value that was just computed, and replaces it. */
static rn_status take(walker *w, const rn_value *value)
{
    int32_t first = w->names.of_result[value->index];
    bool shows = first >= 0 && is_any_wanted(w, first);
    if (first < 0 || !(shows || replaces(w->walk)))
        return RN_OK;
    if (!rn_walk_tensor_is_readable(value)) {
        w->is_own[value->index] = w->walk->fetch != NULL;
        return RN_OK;
    }
    rn_status status = rn_walk_tensor_read(&w->tensors, value, w->values);
    if (!status)
        status = visit(w, first, w->names.computed_by[value->index]);
    return status || !replaces(w->walk) ? status : replace(w, first, value);
}

/* Shows what this node is the last one to change in place, unless it is kept. */
static rn_status take_changed(walker *w, const rn_node *node)
{
    rn_status status = RN_OK;
    for (int32_t k = 0; k < node->n_inputs && !status; k++) {
        const rn_value *value = node->inputs[k];
        if (!value || rn_value_is_kept(value) || !rn_op_updates(node->op, k) ||
            w->names.changed_by[value->index].node != node)
            continue;
        status = rn_walk_tensor_read(&w->tensors, value, w->values);
        if (!status)
            status = visit(w, w->names.of_update[value->index], w->names.changed_by[value->index]);
    }
    return status;
}

/* What has another layout is read from its plain copy, after the reorder that makes it. */
static rn_status take_launch(walker *w, const rn_node *node)
{
    if (rn_node_is(node, "reorder")) {
        const rn_value *value = node->inputs[RN_REORDER_X];
        w->is_own[node->outputs[RN_REORDER_Y]->index] = w->is_own[value->index];
        return value->plain == node->outputs[RN_REORDER_Y] ? take(w, value) : RN_OK;
    }
    rn_status status = RN_OK;
    for (int32_t k = 0; k < node->n_outputs && !status; k++) {
        const rn_value *value = node->outputs[k];
        if (value && value->shown && !value->base && !value->plain)
            status = take(w, value);
    }
    return status ? status : take_changed(w, node);
}

static rn_status launch_all(walker *w)
{
    rn_status status = rn_plan_begin(w->plan);
    for (int32_t i = 0; i < w->plan->n_launches && !status; i++) {
        status = rn_plan_launch(w->plan, i);
        if (!status)
            status = take_launch(w, w->plan->launches[i].node);
    }
    return status;
}

/* Isolated noise moves each input of an operator, and so the images. */
static rn_status upload(walker *w)
{
    const rn_walk *walk = w->walk;
    rn_status status = rn_step_upload(walk->plans, walk->batch, walk->params);
    if (status || !walk->fetch || !(walk->noise > 0))
        return status;
    const rn_value *images = w->plan->dag->images;
    int64_t count = rn_desc_count(&images->desc);
    memcpy(w->values, walk->batch->images, (size_t)count * sizeof *w->values);
    rn_disturb(w->values, NULL, count, walk->noise, w->n_results++);
    return rn_plan_upload(w->plan, images, w->values);
}

/* Shows the kept tensors that the step has changed. */
static rn_status take_kept(walker *w)
{
    const rn_dag *dag = w->plan->dag;
    rn_store *store = w->walk->session->store;
    rn_status status = RN_OK;
    for (int32_t i = 0; i < dag->n_values && !status; i++) {
        const rn_value *value = dag->values[i];
        int32_t first = w->names.of_update[i];
        if (!rn_value_is_kept(value) || first < 0 || !is_any_wanted(w, first))
            continue;
        status = rn_store_download(store, rn_store_find(store, value->name), w->values);
        if (!status)
            status = visit(w, first, w->names.changed_by[i]);
    }
    return status;
}

/* The elements of the largest tensor. */
static size_t largest(const rn_dag *dag)
{
    int64_t most = 1;
    for (int32_t i = 0; i < dag->n_values; i++) {
        int64_t count = rn_desc_count(&dag->values[i]->desc);
        most = count > most ? count : most;
    }
    return (size_t)most;
}

static rn_status make(walker *w)
{
    const rn_dag *dag = w->plan->dag;
    bool compares = w->walk->noise > 0 && !w->walk->fetch;
    w->values = malloc(largest(dag) * sizeof *w->values);
    w->clean = compares ? malloc(largest(dag) * sizeof *w->clean) : NULL;
    w->is_own = calloc((size_t)dag->n_values + 1, sizeof *w->is_own);
    if (!w->is_own || !w->values || (compares && !w->clean))
        return rn_fail(RN_E_NOMEM, "no memory for a tensor; lower --batch");
    rn_status status = rn_walk_names_make(dag, &w->names);
    return status ? status
                  : rn_walk_tensors_make(w->plan, w->walk->params->loss_scale, replaces(w->walk),
                                         &w->tensors);
}

rn_status rn_walk_run(const rn_walk *walk)
{
    walker w = { .walk = walk, .plan = walk->plans->by_rank[0] };
    if (walk->plans->n_all > 1)
        return rn_fail(RN_E_UNSUPPORTED,
                       "%s: operators are compared one by one on one device; name one, or compare "
                       "what several learn by --phase=train",
                       walk->session->label);
    rn_status status = make(&w);
    if (!status)
        status = upload(&w);
    if (!status)
        status = launch_all(&w);
    if (!status)
        status = take_kept(&w);
    rn_walk_tensors_clear(&w.tensors);
    rn_walk_names_clear(&w.names);
    free(w.values);
    free(w.clean);
    free(w.is_own);
    return status;
}
