/* checkpoint.c: checkpoints and weights as safetensors files. */
#include "train/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/finite.h"
#include "base/log.h"
#include "base/status.h"
#include "config/config_record.h"
#include "io/file.h"
#include "report/run_files.h"
#include "train/classes.h"

#define ROLES_MODEL (1u << RN_ROLE_PARAM | 1u << RN_ROLE_STATE)
#define ROLES_OF_MODELS (ROLES_MODEL | 1u << RN_ROLE_AVERAGE)
#define ROLES_ALL (ROLES_OF_MODELS | 1u << RN_ROLE_OPTIMIZER)

/* ---- Removing ---- */

static rn_status cannot(const char *what, const char *path)
{
    return rn_fail(RN_E_IO, "%s: cannot %s: %s", path, what, strerror(errno));
}

static rn_status remove_file(const char *folder, const char *name)
{
    char path[RN_PATH_SIZE];
    rn_status status = rn_path_join(path, folder, name);
    if (status)
        return status;
    if (unlink(path) && errno != ENOENT)
        return cannot("remove it", path);
    return RN_OK;
}

/* ---- Writing ---- */

/* What a file says about itself: key, value, key, value, … */
typedef struct metadata {
    char run[RN_RUN_ID_SIZE];
    char *record;  /* owned; the cfg */
    char *classes; /* owned; their names; NULL: unknown */
    char ranks[16];
    rn_position_text position;
    const char *pairs[2 * (RN_POSITION_FIELDS + 5)];
    int64_t n_pairs; /* strings of them */
} metadata;

static void put(metadata *m, const char *key, const char *value)
{
    m->pairs[m->n_pairs++] = key;
    m->pairs[m->n_pairs++] = value;
}

static void clear(metadata *m)
{
    free(m->record);
    free(m->classes);
}

/* The run, its cfg and its classes. */
static rn_status put_origin(metadata *m, const rn_session *session, const rn_position *position)
{
    rn_status status = rn_config_record(session->config, &m->record);
    if (status)
        return status;
    snprintf(m->run, sizeof m->run, "%s", position->run);
    put(m, "run", m->run);
    put(m, "config", m->record);
    if (!session->data)
        return RN_OK;
    status = rn_classes_record(session->data, &m->classes);
    if (!status)
        put(m, "class_names", m->classes);
    return status;
}

static rn_status check_finite(const rn_named_tensor *tensors, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        rn_tensor_desc desc = rn_desc_make(tensors[i].dtype, tensors[i].rank, tensors[i].shape);
        if (tensors[i].dtype == RN_F32 && !rn_all_finite(tensors[i].data, rn_desc_count(&desc)))
            return rn_fail(RN_E_DIVERGED,
                           "\"%s\" holds values that are infinite or NaN, and was "
                           "not saved; lower train.learning_rate, or add train.warmup_epochs",
                           tensors[i].name);
    }
    return RN_OK;
}

/* ---- Snapshots ---- */

struct rn_snapshot {
    char path[RN_PATH_SIZE];
    metadata metadata;
    rn_named_tensor *tensors;
    int64_t count;
};

/* Begins a snapshot of the tensors of some roles, without metadata. */
static rn_status take(const char *folder, const char *name, rn_session *session, uint32_t roles,
                      bool averaged, rn_snapshot **out)
{
    rn_snapshot *s = calloc(1, sizeof *s);
    *out = s;
    if (!s)
        return rn_fail(RN_E_NOMEM, "no memory for a copy of the parameters");
    rn_status status = rn_path_join(s->path, folder, name);
    if (status)
        return status;
    return averaged ? rn_store_averages(session->store, roles, &s->tensors, &s->count)
                    : rn_store_tensors(session->store, roles, &s->tensors, &s->count);
}

void rn_snapshot_destroy(rn_snapshot *s)
{
    if (!s)
        return;
    rn_store_tensors_free(s->tensors, s->count);
    clear(&s->metadata);
    free(s);
}

/* Ends what takes a snapshot: there is either a status or a snapshot. */
static rn_status taken(rn_status status, rn_snapshot **s)
{
    if (!status)
        return RN_OK;
    rn_snapshot_destroy(*s);
    *s = NULL;
    return status;
}

/* Of more than one device: a resumed run tells if it has another number. */
static void put_ranks(metadata *m, const rn_session *session)
{
    snprintf(m->ranks, sizeof m->ranks, "%d", session->shared.all);
    if (session->shared.all > 1)
        put(m, "ranks", m->ranks);
}

rn_status rn_snapshot_checkpoint(const char *folder, rn_session *session,
                                 const rn_position *position, rn_snapshot **out)
{
    rn_status status = take(folder, RN_CHECKPOINT_FILE, session, ROLES_ALL, false, out);
    if (!status)
        status = put_origin(&(*out)->metadata, session, position);
    if (status)
        return taken(status, out);
    metadata *m = &(*out)->metadata;
    put_ranks(m, session);
    int n_fields = rn_position_write(position, &m->position);
    for (int i = 0; i < n_fields; i++)
        put(m, m->position.keys[i], m->position.texts[i]);
    return RN_OK;
}

static rn_status snapshot_model(const char *folder, const char *name, rn_session *session,
                                bool averaged, const rn_position *position, rn_snapshot **out)
{
    rn_status status = take(folder, name, session, ROLES_MODEL, averaged, out);
    if (status)
        return taken(status, out);
    metadata *m = &(*out)->metadata;
    put(m, "format", "pt");
    put(m, "network", session->config->name);
    return taken(put_origin(m, session, position), out);
}

rn_status rn_snapshot_write(const rn_snapshot *s)
{
    rn_status status = check_finite(s->tensors, s->count);
    if (status)
        return status;
    return rn_safetensors_write(s->path, s->tensors, s->count, s->metadata.pairs,
                                s->metadata.n_pairs);
}

/* Writes a snapshot and destroys it. */
static rn_status write_now(rn_status status, rn_snapshot *s)
{
    if (!status)
        status = rn_snapshot_write(s);
    rn_snapshot_destroy(s);
    return status;
}

rn_status rn_checkpoint_write(const char *folder, rn_session *session, const rn_position *position)
{
    rn_snapshot *s;
    rn_status status = rn_snapshot_checkpoint(folder, session, position, &s);
    return write_now(status, s);
}

static rn_status write_model(const char *folder, const char *name, rn_session *session,
                             bool averaged, const rn_position *position)
{
    rn_snapshot *s;
    rn_status status = snapshot_model(folder, name, session, averaged, position, &s);
    return write_now(status, s);
}

rn_status rn_checkpoint_write_model(const char *folder, rn_session *session,
                                    const rn_position *position)
{
    rn_status status = write_model(folder, RN_MODEL_FILE, session, false, position);
    if (status)
        return status;
    return session->config->train.ema_decay > 0
               ? write_model(folder, RN_AVERAGE_FILE, session, true, position)
               : remove_file(folder, RN_AVERAGE_FILE);
}

uint64_t rn_checkpoint_bytes(const rn_session *session)
{
    const rn_config *config = session->config;
    uint64_t n_checkpoints = 1 + (uint64_t)config->train.keep_last;
    uint64_t n_models = config->train.best == RN_BEST_NONE ? 1 : 2, bytes = 0;
    for (int32_t i = 0; i < session->store->n_entries; i++) {
        const rn_store_entry *entry = &session->store->entries[i];
        if (!(ROLES_ALL >> entry->role & 1))
            continue;
        bool is_of_model = ROLES_OF_MODELS >> entry->role & 1;
        bytes += entry->desc.size_bytes * (n_checkpoints + (is_of_model ? n_models : 0));
    }
    return bytes;
}

/* ---- The previous checkpoint ---- */

/* The paths of the checkpoint and of the previous one. */
static rn_status join_both(const char *folder, char current[RN_PATH_SIZE],
                           char previous[RN_PATH_SIZE])
{
    rn_status status = rn_path_join(current, folder, RN_CHECKPOINT_FILE);
    return status ? status : rn_path_join(previous, folder, RN_PREVIOUS_FILE);
}

rn_status rn_checkpoint_keep_previous(const char *folder)
{
    char current[RN_PATH_SIZE], previous[RN_PATH_SIZE];
    rn_status status = rn_checkpoint_drop_previous(folder);
    if (status)
        return status;
    status = join_both(folder, current, previous);
    if (status)
        return status;
    /* Without hard links in the file system there is no previous checkpoint. */
    if (link(current, previous) && errno != ENOENT && errno != EPERM && errno != EOPNOTSUPP)
        return cannot("keep it", current);
    return RN_OK;
}

rn_status rn_checkpoint_restore_previous(const char *folder)
{
    char current[RN_PATH_SIZE], previous[RN_PATH_SIZE];
    rn_status status = join_both(folder, current, previous);
    if (status)
        return status;
    if (rename(previous, current) && errno != ENOENT)
        return cannot("restore it", previous);
    return RN_OK;
}

rn_status rn_checkpoint_drop_previous(const char *folder)
{
    return remove_file(folder, RN_PREVIOUS_FILE);
}

rn_status rn_checkpoint_remove(const char *folder)
{
    return remove_file(folder, RN_CHECKPOINT_FILE);
}

/* ---- Reading ---- */

/* Reads the run's name and checks the cfg; a checkpoint of an earlier version has neither. */
static rn_status read_origin(const rn_safetensors *file, const char *path, const rn_config *config,
                             bool allow_changed, rn_position *read)
{
    const char *run = rn_safetensors_metadata(file, "run");
    const char *record = rn_safetensors_metadata(file, "config");
    if (run && (!*run || strlen(run) >= sizeof read->run))
        return rn_fail(RN_E_DATA, "%s: not a checkpoint: \"run\" is \"%s\"", path, run);
    if (!run && allow_changed)
        return rn_position_start(read);
    if (!run || !record)
        return rn_fail(RN_E_DATA,
                       "%s: it does not say with which configuration it was made; "
                       "--allow-changed resumes it all the same",
                       path);
    snprintf(read->run, sizeof read->run, "%s", run);
    return allow_changed ? RN_OK : rn_config_check_record(config, record, RN_CONFIG_RESUME, path);
}

/* The names of the classes; NULL: files of an earlier version do not have them. */
static const char *class_names(const rn_safetensors *file)
{
    return rn_safetensors_metadata(file, "class_names");
}

/* With another number the run goes on with other bits. */
static void log_ranks(const rn_safetensors *file, const rn_session *session)
{
    const char *text = rn_safetensors_metadata(file, "ranks");
    char now[16];
    snprintf(now, sizeof now, "%d", session->shared.all);
    if (strcmp(text ? text : "1", now) != 0)
        rn_log(RN_LOG_INFO, "the checkpoint is of %s devices, and %s go on with it",
               text ? text : "1", now);
}

/* Whether the file has a tensor of this optimizer; else its updates are counted anew. */
static bool continues_optimizer(const rn_safetensors *file, const rn_store *store)
{
    for (int32_t i = 0; i < store->n_entries; i++)
        if (store->entries[i].role == RN_ROLE_OPTIMIZER &&
            rn_stored_find(&file->stored, store->entries[i].name))
            return true;
    return false;
}

rn_status rn_checkpoint_read(const char *folder, rn_session *session, bool allow_changed,
                             rn_position *position)
{
    char path[RN_PATH_SIZE];
    rn_safetensors *file = NULL;
    rn_position read = { 0 };
    rn_status status = rn_path_join(path, folder, RN_CHECKPOINT_FILE);
    if (status)
        return status;
    status = rn_safetensors_read(path, &file);
    if (status)
        return status;
    status = read_origin(file, path, session->config, allow_changed, &read);
    if (status)
        goto done;
    if (!allow_changed && session->data && class_names(file))
        status = rn_classes_check(session->data, class_names(file), path);
    if (status)
        goto done;
    status = rn_position_read(file, path, &read);
    if (status)
        goto done;
    if (allow_changed && !continues_optimizer(file, session->store))
        rn_position_restart_updates(&read);
    status = rn_store_load(session->store,
                           &(rn_store_source){ .table = &file->stored,
                                               .path = path,
                                               .roles = ROLES_ALL,
                                               .match = allow_changed ? RN_STORE_RESTART
                                                                      : RN_STORE_EXACT });
    if (status)
        goto done;
    log_ranks(file, session);
    *position = read;
done:
    rn_safetensors_destroy(file);
    return status;
}
