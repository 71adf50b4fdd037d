/* growing.c: training, network after network. */
#include "train/growing.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/status.h"
#include "base/text.h"
#include "config/config_record.h"
#include "config/growth.h"
#include "io/file.h"
#include "report/run_files.h"
#include "train/grow.h"
#include "world/world.h"

/* What outlives a growth, as it outlives a run. */
#define ROLES                                                                                      \
    (1u << RN_ROLE_PARAM | 1u << RN_ROLE_STATE | 1u << RN_ROLE_OPTIMIZER | 1u << RN_ROLE_AVERAGE)

/* ---- The present network ---- */

/* Sets *n to the growths after which the network is the one that a file records; 0 where it records
 * another one, or nothing. */
static rn_status recognise(const rn_config *config, const char *record, int32_t *n)
{
    for (*n = record ? (int32_t)config->train.n_growths : 0; *n > 0; --*n) {
        rn_config *grown = NULL;
        rn_status status = rn_growth_apply(config, *n, &grown);
        if (status)
            return status;
        status = rn_config_check_record(grown, record, RN_CONFIG_INFER, config->path);
        rn_config_destroy(grown);
        if (status != RN_E_DATA)
            return status;
    }
    return RN_OK;
}

rn_status rn_growing_follow(const rn_config *config, const rn_model_choice *choice,
                            rn_config **grown)
{
    int32_t n = 0;
    rn_weights *opened = NULL, *weights = NULL;
    *grown = NULL;
    if (!config->train.n_growths)
        return RN_OK;
    rn_status status = RN_OK;
    if (rn_world_is_first() && !rn_model_find(config, choice, &opened, &weights))
        status = recognise(config, weights->record, &n);
    if (!status)
        status = rn_world_broadcast(0, &n, sizeof n);
    if (!status && n)
        status = rn_growth_apply(config, n, grown);
    rn_weights_close(opened);
    return status;
}

/* Where the checkpoint cannot be read, that is said when the session reads it. */
static rn_status read_growths(const rn_config *config, const char *folder, int32_t *n)
{
    char path[RN_PATH_SIZE];
    rn_safetensors *file = NULL;
    rn_status status = rn_path_join(path, folder, RN_CHECKPOINT_FILE);
    if (status || rn_safetensors_open(path, &file))
        return status;
    status = recognise(config, rn_safetensors_metadata(file, "config"), n);
    rn_safetensors_destroy(file);
    return status;
}

/* Makes the network after n growths the present one. */
static rn_status move_to(rn_growing *growing, int32_t n)
{
    rn_config *grown = NULL;
    rn_births *births = NULL;
    rn_status status = n ? rn_growth_apply(growing->given, n, &grown) : RN_OK;
    if (!status && n)
        status = rn_births_open(growing->given, n, growing->registry, &births);
    if (status) {
        rn_config_destroy(grown);
        return status;
    }
    rn_config_destroy(growing->grown);
    rn_births_close(growing->births);
    growing->births = births;
    growing->grown = grown;
    growing->config = grown ? grown : growing->given;
    growing->n = n;
    return RN_OK;
}

rn_status rn_growing_open(rn_growing *growing, const rn_config *config, rn_registry *registry,
                          const char *folder)
{
    int32_t n = 0;
    *growing = (rn_growing){ .given = config, .registry = registry };
    rn_status status = folder && rn_world_is_first() ? read_growths(config, folder, &n) : RN_OK;
    if (!status && config->train.n_growths)
        status = rn_world_broadcast(0, &n, sizeof n);
    return status ? status : move_to(growing, n);
}

rn_status rn_growing_session(const rn_growing *growing, rn_session **session)
{
    rn_status status = rn_session_open(growing->config, growing->registry, session);
    if (!status)
        (*session)->births = growing->births;
    return status;
}

void rn_growing_close(rn_growing *growing)
{
    rn_config_destroy(growing->grown);
    rn_births_close(growing->births);
    *growing = (rn_growing){ 0 };
}

/* Plans the passes of training and validation of an open session, and binds them. */
static rn_status plan(rn_session *session, const rn_source *train, const rn_source *validation)
{
    rn_status status = rn_train_add_plans(session, train, validation);
    return status ? status : rn_session_bind(session);
}

/* ---- The networks to come ---- */

/* The growths that are done once the next one is: those of the same epoch come together. */
static int32_t next_growths(const rn_growing *growing)
{
    const rn_config *given = growing->given;
    return growing->n < given->train.n_growths
               ? rn_growth_due(given, given->train.growths[growing->n].epoch)
               : growing->n;
}

static rn_status fail_growth(const rn_growing *growing, rn_status status)
{
    const rn_growth *g = &growing->given->train.growths[growing->n];
    rn_fail_at(status, "train.grow after epoch %" PRId64, g->epoch);
    return rn_tree_fail_at(status, g->tree);
}

/* Tries the network of `after`, and counts its bytes. */
static rn_status try_next(const rn_growing *before, rn_growing *after, const rn_source *train,
                          const rn_source *validation)
{
    rn_grown *grown = NULL;
    rn_session *session = NULL;
    rn_status status = rn_grow_compare(before->config, after->config, before->registry, &grown);
    rn_grown_destroy(grown);
    if (status)
        return status;
    status = rn_growing_session(after, &session);
    if (!status)
        status = plan(session, train, validation);
    if (!status)
        after->most_bytes = rn_checkpoint_bytes(session);
    rn_session_close(session);
    return status;
}

rn_status rn_growing_try(rn_growing *growing, const rn_source *train, const rn_source *validation)
{
    rn_growing before = { .given = growing->given, .registry = growing->registry };
    rn_growing after = before;
    rn_status status = move_to(&before, growing->n);
    while (!status && next_growths(&before) > before.n) {
        status = move_to(&after, next_growths(&before));
        if (!status)
            status = try_next(&before, &after, train, validation);
        if (status)
            fail_growth(&before, status);
        else
            status = move_to(&before, after.n);
        if (after.most_bytes > growing->most_bytes)
            growing->most_bytes = after.most_bytes;
    }
    rn_growing_close(&before);
    rn_growing_close(&after);
    return status;
}

/* ---- Training ---- */

static void print_growth(const rn_growing *before, const rn_trainer *trainer)
{
    for (int32_t i = before->n; i < next_growths(before); i++) {
        const rn_growth *g = &before->given->train.growths[i];
        rn_print(trainer->curve, "%s grows:", g->stage);
        if (g->add)
            rn_print(trainer->curve, " %lld %s", (long long)g->add,
                     g->add == 1 ? "block" : "blocks");
        if (g->widen != 1)
            rn_print(trainer->curve, "%s %g times as wide", g->add ? "," : "", g->widen);
        fputc('\n', trainer->curve);
    }
    fflush(trainer->curve);
}

/* Opens the session of the next network and fills it; the smaller one's is closed already, so that
 * a device need not hold both. */
static rn_status open_next(rn_growing *growing, rn_trainer *trainer, const rn_grown *grown,
                           const rn_named_tensor *tensors, int64_t count)
{
    rn_status status = rn_growing_session(growing, &trainer->session);
    if (!status)
        status = plan(trainer->session, trainer->train, trainer->validation);
    return status ? status : rn_grow_fill(grown, trainer->session, tensors, count);
}

/* Notes the growths from `first` to the present network as those of this moment. */
static void note_births(const rn_growing *growing, int32_t first, rn_position *position)
{
    for (int32_t i = first; i < growing->n; i++)
        position->births[i] = position->n_updates;
    position->n_births = growing->n;
}

/* Replaces the network by the next one. */
static rn_status grow(rn_growing *growing, rn_trainer *trainer)
{
    rn_named_tensor *tensors = NULL;
    int64_t count = 0;
    int32_t n_before = growing->n;
    rn_grown *grown = NULL;
    rn_growing next = { .given = growing->given, .registry = growing->registry };
    rn_status status = move_to(&next, next_growths(growing));
    if (!status)
        status = rn_grow_compare(growing->config, next.config, growing->registry, &grown);
    if (!status)
        status = rn_store_tensors(trainer->session->store, ROLES, &tensors, &count);
    if (status)
        goto done;
    if (trainer->curve)
        print_growth(growing, trainer);
    rn_session_close(trainer->session);
    trainer->session = NULL;
    rn_growing_close(growing);
    *growing = next;
    next = (rn_growing){ 0 };
    note_births(growing, n_before, &trainer->position);
    status = open_next(growing, trainer, grown, tensors, count);
done:
    rn_store_tensors_free(tensors, count);
    rn_grown_destroy(grown);
    rn_growing_close(&next);
    return status;
}

rn_status rn_growing_train(rn_growing *growing, rn_trainer *trainer)
{
    for (;;) {
        bool grows = next_growths(growing) > growing->n;
        trainer->until_epoch = grows ? growing->given->train.growths[growing->n].epoch : 0;
        rn_status status = rn_train(trainer);
        bool is_due = grows && trainer->position.epoch >= trainer->until_epoch;
        if (status || !is_due || rn_trainer_is_complete(trainer))
            return status;
        status = grow(growing, trainer);
        if (status)
            return status;
    }
}
