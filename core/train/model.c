/* model.c: trained weights in a session. */
#include "train/model.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/status.h"
#include "config/config_record.h"
#include "graph/graph.h"
#include "io/file.h"
#include "plugin/registry.h"
#include "report/run_files.h"
#include "train/classes.h"
#include "weights/names.h"
#include "weights/open.h"

/* Explains that there is no model. After Ctrl-C in the first epoch there is a checkpoint. */
static rn_status fail_no_model(const char *folder)
{
    char path[RN_PATH_SIZE];
    rn_status status = rn_path_join(path, folder, RN_CHECKPOINT_FILE);
    if (!status && access(path, F_OK) == 0)
        return rn_fail(RN_E_DATA,
                       "%s: no trained weights: the run stopped before its first epoch "
                       "was validated; go on with train --resume, or evaluate what it has with "
                       "--weights=%s",
                       folder, path);
    return rn_fail_at(RN_E_DATA, "no trained weights (train first, or give --weights=FILE)");
}

static rn_status open_standard(const char *folder, rn_weights **weights)
{
    char path[RN_PATH_SIZE];
    rn_status status = rn_path_join(path, folder, RN_MODEL_FILE);
    if (status)
        return status;
    status = rn_weights_open(path, NULL, weights);
    return status && access(path, F_OK) ? fail_no_model(folder) : status;
}

/* The layer that gives the scores. */
static const char *find_head(const rn_session *session)
{
    const rn_value *logits = session->passes[0].by_rank[0]->dag->logits;
    return logits && logits->producer ? logits->producer->name : NULL;
}

/* Tensors that the file may lack keep these. */
static rn_status initialise(rn_session *session)
{
    const rn_config *config = session->config;
    return rn_store_initialise(session->store, config->network.init, (uint64_t)config->run.seed);
}

#define MODEL_ROLES (1u << RN_ROLE_PARAM | 1u << RN_ROLE_STATE)

static bool has_all_names(const rn_session *session, const rn_weights *weights)
{
    const rn_store *store = session->store;
    for (int32_t i = 0; i < store->n_entries; i++)
        if (MODEL_ROLES >> store->entries[i].role & 1 &&
            !rn_stored_find(&weights->table, store->entries[i].name))
            return false;
    return true;
}

/* Gives the tensors the names of the network, unless they have them. */
static rn_status rename_tensors(const rn_session *session, rn_weights *weights)
{
    const rn_tree *list = session->config->network.weight_names;
    if (weights->record || has_all_names(session, weights))
        return RN_OK;
    if (list)
        return rn_naming_apply_list(list, weights);
    const rn_naming *naming = rn_naming_find(weights);
    return naming ? rn_naming_apply(naming, weights) : RN_OK;
}

static rn_status load(rn_session *session, rn_weights *weights, const rn_model_choice *choice)
{
    rn_status status = rename_tensors(session, weights);
    rn_store_source source = { .table = &weights->table,
                               .path = weights->path,
                               .roles = MODEL_ROLES,
                               .match = choice->partial ? RN_STORE_PARTIAL : RN_STORE_WEIGHTS,
                               .head = choice->reset_head ? find_head(session) : NULL };
    if (!status && (choice->partial || choice->reset_head))
        status = initialise(session);
    return status ? status : rn_store_load(session->store, &source);
}

/* A file may name more classes than the network has outputs. */
static rn_status adopt_classes(rn_session *session, const rn_weights *weights)
{
    rn_status status = rn_classes_adopt(session->data, weights->class_names, weights->path);
    if (status || session->data->n_classes <= session->config->network.classes)
        return status;
    return rn_fail(RN_E_DATA, "%s: its \"class_names\" are %lld, but network.classes is %lld",
                   weights->path, (long long)session->data->n_classes,
                   (long long)session->config->network.classes);
}

/* The configuration and the classes that the file records. Who resets the head changes them. */
static rn_status check_origin(rn_session *session, const rn_weights *weights,
                              const rn_model_choice *choice)
{
    bool may_differ = choice->allow_changed || choice->partial || choice->reset_head;
    rn_status status = RN_OK;
    if (weights->record && !may_differ)
        status = rn_config_check_record(session->config, weights->record, RN_CONFIG_INFER,
                                        weights->path);
    if (status || !session->data)
        return status;
    if (weights->class_names && !may_differ)
        status = adopt_classes(session, weights);
    bool is_named = weights->class_names && !may_differ && !rn_classes_are_numbers(session->data);
    return status || is_named ? status : rn_classes_name(session->data, session->config);
}

static void log_time(const rn_weights *weights, uint64_t start_ns)
{
    double ms = (double)(rn_host_table()->time_ns() - start_ns) * 1e-6;
    rn_log(RN_LOG_INFO, "weights: %s: %lld tensors (%s), read in %.1f ms", weights->path,
           (long long)weights->table.count, weights->format, ms);
}

rn_status rn_model_read(rn_session *session, const rn_model_choice *choice)
{
    uint64_t start_ns = rn_host_table()->time_ns();
    rn_weights *opened = NULL, *weights = choice->opened;
    rn_status status = RN_OK;
    if (!weights)
        status = choice->path ? rn_weights_open(choice->path, choice->key, &opened)
                              : open_standard(session->config->run.output, &opened);
    if (status)
        return status;
    weights = weights ? weights : opened;
    status = load(session, weights, choice);
    if (!status)
        status = check_origin(session, weights, choice);
    if (!status)
        log_time(weights, start_ns);
    rn_weights_close(opened);
    return status;
}

rn_status rn_model_bind(rn_session *session, const rn_model_choice *choice)
{
    rn_status status = rn_session_bind(session);
    return status ? status : rn_model_read(session, choice);
}

rn_status rn_model_open(const rn_config *config, rn_registry *registry, int64_t limit,
                        rn_session **session, rn_source **source)
{
    rn_status status = rn_session_open(config, registry, session);
    if (status)
        return status;
    status = rn_source_open(config, RN_SPLIT_VALIDATION, limit, source);
    if (!status)
        (*session)->data = (*source)->dataset;
    return status;
}
