/* checkpoint.c: checkpoints and weights as safetensors files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "checkpoint.h"
#include "status.h"

#define ROLES_MODEL (1u << RN_ROLE_PARAM | 1u << RN_ROLE_STATE)
#define ROLES_ALL (ROLES_MODEL | 1u << RN_ROLE_OPTIMIZER)
#define PATH_SIZE 4096

/* One number of the position in the file's metadata: exact, as text. */
typedef struct field {
    const char *key;
    int64_t *whole; /* either this */
    double *real;   /* or this */
} field;

/* The last ones of the fields are there where the run has a scale of the loss. */
enum { N_FIELDS = 10, N_SCALE_FIELDS = 2, N_IDENTITY = 3 };

static void list_fields(rn_position *p, field fields[N_FIELDS])
{
    const field list[N_FIELDS] = {
        { "epoch", &p->epoch, NULL },         { "batch", &p->batch, NULL },
        { "step", &p->step, NULL },           { "loss_sum", NULL, &p->loss_sum },
        { "n_correct", &p->n_correct, NULL }, { "n_images", &p->n_images, NULL },
        { "time_s", NULL, &p->time_s },       { "epoch_time_s", NULL, &p->epoch_time_s },
        { "loss_scale", NULL, &p->loss_scale.scale },
        { "good_steps", &p->loss_scale.n_good, NULL },
    };
    memcpy(fields, list, sizeof list);
}

/* What must be the same in the run that resumes. */
typedef struct identity {
    const char *key, *where;
    int64_t value;
} identity;

static void list_identity(const rn_config *config, identity ids[N_IDENTITY])
{
    const identity list[N_IDENTITY] = {
        { "seed", "run.seed", config->run.seed },
        { "batch_size", "train.batch", config->train.batch },
        { "train_limit", "data.train_limit", config->data.train_limit },
    };
    memcpy(ids, list, sizeof list);
}

static rn_status make_path(char *path, const char *folder, const char *name)
{
    int n = snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    return n > 0 && n < PATH_SIZE ? RN_OK : rn_fail(RN_E_IO, "%s: the path is too long", folder);
}

static rn_status write_tensors(const char *folder, const char *name, rn_session *session,
                               uint32_t roles, const char *const *metadata, int64_t n_metadata)
{
    char path[PATH_SIZE];
    rn_named_tensor *tensors = NULL;
    int64_t count = 0;
    rn_status status = make_path(path, folder, name);
    if (!status)
        status = rn_store_tensors(session->store, roles, &tensors, &count);
    if (!status)
        status = rn_safetensors_write(path, tensors, count, metadata, n_metadata);
    rn_store_tensors_free(tensors, count);
    return status;
}

rn_status rn_checkpoint_write(const char *folder, rn_session *session, const rn_position *position)
{
    rn_position copy = *position;
    field fields[N_FIELDS];
    identity ids[N_IDENTITY];
    char text[N_FIELDS + N_IDENTITY][32];
    const char *metadata[2 * (N_FIELDS + N_IDENTITY)];
    int64_t n = 0;
    int n_fields = position->loss_scale.scale > 0 ? N_FIELDS : N_FIELDS - N_SCALE_FIELDS;
    list_fields(&copy, fields);
    list_identity(session->config, ids);
    for (int i = 0; i < n_fields; i++, n++) {
        if (fields[i].whole)
            snprintf(text[n], sizeof text[n], "%lld", (long long)*fields[i].whole);
        else
            snprintf(text[n], sizeof text[n], "%.17g", *fields[i].real);
        metadata[2 * n] = fields[i].key;
        metadata[2 * n + 1] = text[n];
    }
    for (int i = 0; i < N_IDENTITY; i++, n++) {
        snprintf(text[n], sizeof text[n], "%lld", (long long)ids[i].value);
        metadata[2 * n] = ids[i].key;
        metadata[2 * n + 1] = text[n];
    }
    return write_tensors(folder, "checkpoint.safetensors", session, ROLES_ALL, metadata, 2 * n);
}

/* A whole number of the metadata. */
static rn_status read_number(const rn_safetensors *file, const char *path, const char *key,
                             double *real, int64_t *whole)
{
    const char *text = rn_safetensors_metadata(file, key);
    char *end = NULL;
    errno = 0;
    if (text && whole)
        *whole = strtoll(text, &end, 10);
    else if (text)
        *real = strtod(text, &end);
    if (!text || end == text || *end || errno || (whole && *whole < 0))
        return rn_fail(RN_E_DATA, "%s: not a checkpoint: \"%s\" is %s, expected a number", path,
                       key, text ? text : "missing");
    return RN_OK;
}

static rn_status check_identity(const rn_safetensors *file, const char *path,
                                const rn_config *config)
{
    identity ids[N_IDENTITY];
    list_identity(config, ids);
    for (int i = 0; i < N_IDENTITY; i++) {
        int64_t found = 0;
        rn_status status = read_number(file, path, ids[i].key, NULL, &found);
        if (status)
            return status;
        if (found != ids[i].value)
            return rn_fail(RN_E_DATA, "%s: made with %s = %lld, but this run has %lld; resume with "
                           "the same value, or train without --resume", path, ids[i].where,
                           (long long)found, (long long)ids[i].value);
    }
    return RN_OK;
}

static rn_status read_position(const rn_safetensors *file, const char *path, rn_position *read)
{
    field fields[N_FIELDS];
    bool has_scale = rn_safetensors_metadata(file, "loss_scale") != NULL;
    int n_fields = has_scale ? N_FIELDS : N_FIELDS - N_SCALE_FIELDS;
    rn_status status = RN_OK;
    list_fields(read, fields);
    for (int i = 0; i < n_fields && !status; i++)
        status = read_number(file, path, fields[i].key, fields[i].real, fields[i].whole);
    if (!status && has_scale && !rn_loss_scale_is_valid(&read->loss_scale))
        status = rn_fail(RN_E_DATA, "%s: not a checkpoint: no run has a loss_scale of %g after "
                         "%lld good_steps", path, read->loss_scale.scale,
                         (long long)read->loss_scale.n_good);
    return status;
}

rn_status rn_checkpoint_read(const char *folder, rn_session *session, rn_position *position)
{
    char path[PATH_SIZE];
    rn_safetensors *file = NULL;
    rn_position read = { 0 };
    rn_status status = make_path(path, folder, "checkpoint.safetensors");
    if (!status)
        status = rn_safetensors_read(path, &file);
    if (!status)
        status = check_identity(file, path, session->config);
    if (!status)
        status = read_position(file, path, &read);
    if (!status)
        status = rn_store_load(session->store, ROLES_ALL, file, path);
    if (!status)
        *position = read;
    rn_safetensors_destroy(file);
    return status;
}

rn_status rn_checkpoint_write_model(const char *folder, rn_session *session)
{
    const char *metadata[] = { "format", "pt", "network", session->config->name };
    return write_tensors(folder, "model.safetensors", session, ROLES_MODEL, metadata, 4);
}

rn_status rn_checkpoint_read_model(const char *folder, const char *path, rn_session *session)
{
    char standard[PATH_SIZE];
    rn_safetensors *file = NULL;
    rn_status status = make_path(standard, folder, "model.safetensors");
    if (status)
        return status;
    path = path ? path : standard;
    status = rn_safetensors_read(path, &file);
    if (status && path == standard)
        rn_fail_at(status, "no trained weights (train first, or give --weights=FILE)");
    if (!status)
        status = rn_store_load(session->store, ROLES_MODEL, file, path);
    rn_safetensors_destroy(file);
    return status;
}
