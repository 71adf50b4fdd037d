/* model.c: trained weights in a session. */
#include "train/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/start.h"
#include "base/status.h"
#include "config/config_record.h"
#include "graph/graph.h"
#include "io/file.h"
#include "plugin/registry.h"
#include "report/run_files.h"
#include "train/agree.h"
#include "train/classes.h"
#include "train/spread.h"
#include "weights/names.h"
#include "weights/open.h"
#include "world/world.h"

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

#define MODEL_ROLES (1u << RN_ROLE_PARAM | 1u << RN_ROLE_STATE)

static bool has_all_names(const rn_store *store, const rn_weights *weights)
{
    for (int32_t i = 0; i < store->n_entries; i++)
        if (MODEL_ROLES >> store->entries[i].role & 1 &&
            !rn_stored_find(&weights->table, store->entries[i].name))
            return false;
    return true;
}

/* Gives the tensors the names of the network, unless they have them. */
static rn_status rename_tensors(const rn_store *store, const rn_config *config, rn_weights *weights)
{
    const rn_tree *list = config->network.weight_names;
    if (weights->record || has_all_names(store, weights))
        return RN_OK;
    if (list)
        return rn_naming_apply_list(list, weights);
    const rn_naming *naming = rn_naming_find(weights);
    return naming ? rn_naming_apply(naming, weights) : RN_OK;
}

/* Who resets the head, or takes what fits, changes the configuration and the classes. */
static bool may_differ(const rn_model_choice *choice)
{
    return choice->allow_changed || choice->partial || choice->reset_head;
}

static void forget(const void *weights, const rn_stored *tensor)
{
    rn_weights_forget(weights, tensor);
}

/* Tensors that do not fit say more than what differs in the configurations. */
rn_status rn_model_load(rn_store *store, const rn_config *config, rn_weights *weights,
                        const rn_model_choice *choice, const char *head)
{
    rn_status status = rename_tensors(store, config, weights);
    const rn_store_start start = { config->network.init, (uint64_t)config->run.seed };
    rn_store_source source = { .table = &weights->table,
                               .path = weights->path,
                               .roles = MODEL_ROLES,
                               .match = choice->partial ? RN_STORE_PARTIAL : RN_STORE_WEIGHTS,
                               .head = choice->reset_head ? head : NULL,
                               .copied = forget,
                               .context = weights,
                               .start = &start };
    if (!status)
        status = rn_store_load(store, &source);
    if (status || !weights->record || may_differ(choice))
        return status;
    return rn_config_check_record(config, weights->record, RN_CONFIG_INFER, weights->path);
}

rn_status rn_model_find(const rn_config *config, const rn_model_choice *choice, rn_weights **opened,
                        rn_weights **weights)
{
    rn_status status = RN_OK;
    *opened = NULL;
    if (!choice->opened)
        status = choice->path ? rn_weights_open(choice->path, choice->key, opened)
                              : open_standard(config->run.output, opened);
    if (status)
        return status;
    *weights = choice->opened ? choice->opened : *opened;
    return RN_OK;
}

/* A file may name more classes than the network has outputs. */
static rn_status adopt_classes(rn_session *session, const char *names, const char *path)
{
    rn_status status = rn_classes_adopt(session->data, names, path);
    if (status || session->data->n_classes <= session->config->network.classes)
        return status;
    return rn_fail(RN_E_DATA, "%s: its \"class_names\" are %lld, but network.classes is %lld", path,
                   (long long)session->data->n_classes,
                   (long long)session->config->network.classes);
}

/* Nothing says which of the network's outputs the classes of the data are. */
static void warn_unnamed(const rn_session *session, const char *names, const char *path)
{
    const rn_dataset *data = session->data;
    const rn_config *config = session->config;
    if (names || *config->network.class_names || rn_classes_are_numbers(data) ||
        data->n_classes == config->network.classes)
        return;
    rn_log(RN_LOG_WARNING,
           "%s has %lld classes and %s has %lld outputs without names: class 0 is taken for output "
           "0 and so on; network.class_names = FILE names the outputs",
           data->folder, (long long)data->n_classes, path, (long long)config->network.classes);
}

/* The classes of a file are those of the data; without any, the cfg may name them. */
static rn_status name_classes(rn_session *session, const char *names, const char *path,
                              const rn_model_choice *choice)
{
    bool adopts = names && !may_differ(choice);
    rn_status status = adopts ? adopt_classes(session, names, path) : RN_OK;
    if (status || (adopts && !rn_classes_are_numbers(session->data)))
        return status;
    if (!may_differ(choice))
        warn_unnamed(session, names, path);
    return rn_classes_name(session->data, session->config);
}

static void log_time(const rn_weights *weights, uint64_t start_ns)
{
    double ms = (double)(rn_host_table()->time_ns() - start_ns) * 1e-6;
    rn_log(RN_LOG_INFO, "weights: %s: %lld tensors (%s), read in %.1f ms", weights->path,
           (long long)weights->table.count, weights->format, ms);
}

/* Fills in the tensors; *names becomes what the file, of that path, calls the classes, or NULL. */
static rn_status read_weights(rn_session *session, const rn_model_choice *choice, char **names,
                              char path[RN_PATH_SIZE])
{
    uint64_t start_ns = rn_host_table()->time_ns();
    rn_weights *opened = NULL, *weights = NULL;
    rn_status status = rn_model_find(session->config, choice, &opened, &weights);
    if (status)
        return status;
    snprintf(path, RN_PATH_SIZE, "%s", weights->path);
    status = rn_model_load(session->store, session->config, weights, choice, find_head(session));
    if (!status && weights->class_names) {
        *names = strdup(weights->class_names);
        status = *names ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the names of the classes");
    }
    if (!status)
        log_time(weights, start_ns);
    rn_weights_close(opened);
    return status;
}

/* Of several processes that share the session's steps, the first reads the file, which others may
 * not have. */
rn_status rn_model_read(rn_session *session, const rn_model_choice *choice)
{
    char *names = NULL, path[RN_PATH_SIZE] = "the weights of the first process";
    bool is_shared = session->shared.all > session->n_ranks;
    rn_stage before = rn_start_enter(RN_STAGE_WEIGHTS);
    rn_status status =
        !is_shared || rn_world_is_first() ? read_weights(session, choice, &names, path) : RN_OK;
    if (!status && is_shared)
        status = rn_spread_store(session);
    if (!status && is_shared)
        status = rn_agree_text(&names);
    if (!status && session->data)
        status = name_classes(session, names, path, choice);
    rn_start_enter(before);
    free(names);
    return status;
}

rn_status rn_model_start(rn_session *session, const rn_model_choice *choice)
{
    const rn_config *config = session->config;
    if (choice->path)
        return rn_model_read(session, choice);
    rn_stage before = rn_start_enter(RN_STAGE_WEIGHTS);
    rn_status status =
        rn_store_initialise(session->store, config->network.init, (uint64_t)config->run.seed);
    rn_start_enter(before);
    return status;
}

rn_status rn_model_bind(rn_session *session, const rn_model_choice *choice)
{
    session->spends = true;
    session->model = choice;
    rn_status status = rn_session_bind(session);
    return status ? status : rn_model_read(session, choice);
}

rn_status rn_model_restore(rn_session *session)
{
    const rn_store_copy *copy = &session->store->copies[0];
    char *names = NULL, path[RN_PATH_SIZE];
    if (!session->model || copy->spent_version != copy->version)
        return RN_OK;
    rn_status status = read_weights(session, session->model, &names, path);
    free(names);
    return status;
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
