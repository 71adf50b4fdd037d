/* diagnose.c: runs a failed batch again with every value kept, and looks for the first that is not
 * finite. */
#include "train/diagnose.h"

#include <stdlib.h>
#include <string.h>

#include "base/finite.h"
#include "base/status.h"
#include "graph/op.h"
#include "train/model.h"

#define ROLES_READ (1u << RN_ROLE_PARAM | 1u << RN_ROLE_STATE)

/* Sets `*bad` to the first parameter or running statistic, or the first average of one, that is not
 * finite, or leaves it NULL. A tensor that host memory has no room for is skipped, here and
 * below. */
static rn_status check_kept(rn_store *store, bool averaged, const char **bad)
{
    uint32_t roles = averaged ? 1u << RN_ROLE_AVERAGE : ROLES_READ;
    for (int32_t i = 0; i < store->n_entries && !*bad; i++) {
        const rn_store_entry *entry = &store->entries[i];
        float *values = roles >> entry->role & 1 ? malloc(entry->desc.size_bytes) : NULL;
        if (!values)
            continue;
        rn_status status = rn_store_download(store, entry, values);
        if (!status && !rn_all_finite(values, rn_desc_count(&entry->desc)))
            *bad = entry->name;
        free(values);
        if (status)
            return status;
    }
    return RN_OK;
}

/* Sets `*bad` to the first operator whose result is not finite, or leaves it NULL. */
static rn_status check_layers(rn_plan *plan, const rn_node **bad)
{
    for (int32_t i = 0; i < plan->dag->n_nodes && !*bad; i++) {
        const rn_node *node = plan->dag->nodes[i];
        const rn_value *y = node->outputs[0];
        bool is_computed = y->desc.dtype == RN_F32 && strcmp(node->op->name, "reorder") != 0;
        float *values = is_computed ? malloc(rn_plan_bytes(y)) : NULL;
        if (!values)
            continue;
        rn_status status = rn_plan_download(plan, y, values);
        if (!status && !rn_all_finite(values, rn_desc_count(&y->desc)))
            *bad = node;
        free(values);
        if (status)
            return status;
    }
    return RN_OK;
}

/* Copies parameters and running statistics, or their averages, from one store to another. */
static rn_status copy_weights(rn_store *from, bool averaged, rn_store *to)
{
    rn_named_tensor *tensors = NULL;
    int64_t count = 0;
    rn_status status = averaged ? rn_store_averages(from, ROLES_READ, &tensors, &count)
                                : rn_store_tensors(from, ROLES_READ, &tensors, &count);
    for (int64_t i = 0; i < count && !status; i++)
        status = rn_store_upload(to, rn_store_find(to, tensors[i].name), tensors[i].data);
    rn_store_tensors_free(tensors, count);
    return status;
}

/* The rows of a batch that this process has, as a batch. */
static rn_batch rows_here(const rn_session *session, const rn_batch *batch)
{
    if (!rn_session_is_shared(session))
        return *batch;
    return (rn_batch){ .images = batch->images,
                       .bytes = batch->bytes,
                       .byte_values = batch->byte_values,
                       .n_channels = batch->n_channels,
                       .is_pinned = batch->is_pinned,
                       .labels = batch->labels + batch->first,
                       .targets = batch->targets,
                       .count = batch->n_here,
                       .n_here = batch->n_here };
}

/* Runs the batch in a session on one device with what the pass that failed read. The caller
 * closes `*out`, also after a failure. */
static rn_status examine(const rn_session *failed, const rn_batch *batch,
                         const rn_step_params *params, rn_pass pass, const rn_node **bad,
                         rn_session **out)
{
    rn_pass examining = rn_pass_trains(pass) ? RN_PASS_EXAMINE_TRAIN : RN_PASS_EXAMINE_EVALUATE;
    rn_batch mine = rows_here(failed, batch);
    rn_pass_plans *plans = NULL;
    rn_step_result result;
    if (!mine.count)
        return RN_OK;
    rn_status status = rn_session_open_first(failed->config, failed->registry, out);
    if (status)
        return status;
    (*out)->train_size = failed->train_size;
    (*out)->train_bytes = (*out)->evaluation_bytes = mine.bytes != NULL;
    status = rn_session_add(*out, examining, mine.count, true, &plans);
    if (status)
        return status;
    status = rn_session_bind(*out);
    if (status)
        return status;
    status = copy_weights(failed->store, pass == RN_PASS_EVALUATE_AVERAGE, (*out)->store);
    if (status)
        return status;
    status = rn_step_run(*out, plans, &mine, params, &result);
    return status ? status : check_layers(plans->by_rank[0], bad);
}

rn_status rn_diagnose(rn_session *session, const rn_batch *batch, const rn_step_params *params,
                      rn_pass pass)
{
    const char *bad_kept = NULL;
    const rn_node *bad_layer = NULL;
    rn_session *examined = NULL;
    rn_status status = rn_model_restore(session);
    if (!status)
        status = check_kept(session->store, pass == RN_PASS_EVALUATE_AVERAGE, &bad_kept);
    if (!status && !bad_kept)
        status = examine(session, batch, params, pass, &bad_layer, &examined);
    const char *what = pass == RN_PASS_PREDICT ? "a probability is" : "the loss is";
    const char *advice =
        rn_pass_trains(pass)
            ? "lower train.learning_rate, or add train.warmup_epochs"
            : "check data.mean and data.std, or train again with a lower train.learning_rate";
    if (bad_kept)
        status = rn_fail(RN_E_DIVERGED,
                         "%s not finite; the first value that is not is in "
                         "parameter \"%s\"; %s",
                         what, bad_kept, advice);
    else if (bad_layer)
        status =
            rn_fail(RN_E_DIVERGED, "%s not finite; the first layer that is not is \"%s\" (%s); %s",
                    what, bad_layer->name, bad_layer->op->name, advice);
    else if (status)
        status = rn_fail(RN_E_DIVERGED, "%s not finite; %s (looking for the layer failed: %s)",
                         what, advice, rn_status_meaning(status));
    else
        status = rn_fail(RN_E_DIVERGED, "%s not finite; %s", what, advice);
    rn_session_close(examined);
    return status;
}
