/* diagnose.c: runs a failed batch again, operator by operator kept, and looks for the first NaN. */
#include "train/diagnose.h"

#include <stdlib.h>
#include <string.h>

#include "base/finite.h"
#include "base/status.h"
#include "graph/op.h"

/* `*bad`: the first parameter or running statistic that is not finite, or NULL. */
static rn_status check_kept(rn_session *session, const char **bad)
{
    const rn_store *store = session->store;
    rn_status status = RN_OK;
    for (int32_t i = 0; i < store->n_entries && !status && !*bad; i++) {
        const rn_store_entry *entry = &store->entries[i];
        bool counts = entry->role == RN_ROLE_PARAM || entry->role == RN_ROLE_STATE;
        float *values = counts ? malloc(entry->desc.size_bytes) : NULL;
        if (!values)
            continue;
        status = rn_store_download(session->store, entry, values);
        if (!status && !rn_all_finite(values, rn_desc_count(&entry->desc)))
            *bad = entry->name;
        free(values);
    }
    return status;
}

/* `*bad`: the first operator whose result is not finite, or NULL. */
static rn_status check_layers(rn_plan *plan, const rn_node **bad)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < plan->dag->n_nodes && !status && !*bad; i++) {
        const rn_node *node = plan->dag->nodes[i];
        const rn_value *y = node->outputs[0];
        bool is_made = y->desc.dtype == RN_F32 && strcmp(node->op->name, "reorder") != 0;
        float *values = is_made ? malloc(rn_plan_bytes(y)) : NULL;
        if (!values)
            continue;
        status = rn_plan_download(plan, y, values);
        if (!status && !rn_all_finite(values, rn_desc_count(&y->desc)))
            *bad = node;
        free(values);
    }
    return status;
}

/* A session of its own, on one device, with the parameters of the one that failed. */
static rn_status examine(rn_session *failed, const rn_batch *batch, const rn_step_params *params,
                         rn_pass pass, const rn_node **bad, rn_session **out)
{
    rn_named_tensor *tensors = NULL;
    int64_t count = 0;
    rn_plan *plan = NULL;
    rn_step_result result;
    rn_status status = rn_session_open_first(failed->config, failed->registry, out);
    if (!status)
        status =
            rn_session_add(*out,
                           pass == RN_PASS_TRAIN ? RN_PASS_EXAMINE_TRAIN : RN_PASS_EXAMINE_EVALUATE,
                           batch->count, true, &plan);
    if (!status)
        status = rn_session_bind(*out);
    if (!status)
        status = rn_store_tensors(failed->store, 1u << RN_ROLE_PARAM | 1u << RN_ROLE_STATE,
                                  &tensors, &count);
    for (int64_t i = 0; i < count && !status; i++)
        status = rn_store_upload((*out)->store, rn_store_find((*out)->store, tensors[i].name),
                                 tensors[i].data);
    rn_store_tensors_free(tensors, count);
    if (!status)
        status = rn_step_run(*out, plan, batch, params, &result);
    if (!status)
        status = check_layers(plan, bad);
    return status;
}

rn_status rn_diagnose(rn_session *session, const rn_batch *batch, const rn_step_params *params,
                      rn_pass pass)
{
    const char *bad_kept = NULL;
    const rn_node *bad_layer = NULL;
    rn_session *examined = NULL;
    rn_status status = check_kept(session, &bad_kept);
    if (!status && !bad_kept)
        status = examine(session, batch, params, pass, &bad_layer, &examined);
    const char *what = pass == RN_PASS_PREDICT ? "a probability is" : "the loss is";
    const char *advice =
        pass == RN_PASS_TRAIN
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
