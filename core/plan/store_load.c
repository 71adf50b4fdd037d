/* store_load.c: kept tensors from a file, which must hold the tensors of this network. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/finite.h"
#include "base/nearest.h"
#include "base/status.h"
#include "passes/optim.h"
#include "plan/store.h"

static bool is_wanted(const rn_store_entry *entry, const rn_store_source *source)
{
    return source->roles >> entry->role & 1;
}

/* A tensor that the file may lack: it then starts at 0. */
static bool is_optional(const rn_store_entry *entry, const rn_store_source *source)
{
    return source->match == RN_STORE_RESTART && entry->role == RN_ROLE_OPTIMIZER;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), n_end = strlen(end);
    return n > n_end && strcmp(name + n - n_end, end) == 0;
}

/* ---- What a file lacks ---- */

/* The file's name for the tensor, where it only has a prefix: "module.conv1.weight". */
static const char *prefixed_name(const rn_safetensors *file, const char *name)
{
    for (int64_t i = 0; i < file->n_tensors; i++) {
        const char *found = file->tensors[i].name;
        if (ends_with(found, name) && found[strlen(found) - strlen(name) - 1] == '.')
            return found;
    }
    return NULL;
}

static const char *nearest_name(const rn_safetensors *file, const char *name)
{
    const char **names = calloc((size_t)file->n_tensors + 1, sizeof *names);
    for (int64_t i = 0; names && i < file->n_tensors; i++)
        names[i] = file->tensors[i].name;
    const char *near = names ? rn_nearest(name, names) : NULL;
    free(names);
    return near;
}

static rn_status fail_missing(const rn_store_source *source, const char *name)
{
    const char *prefixed = prefixed_name(source->file, name);
    if (prefixed)
        return rn_fail(RN_E_DATA,
                       "%s: there is no tensor \"%s\", but there is \"%s\"; remove the "
                       "prefix \"%.*s\" from all names of the file",
                       source->path, name, prefixed, (int)(strlen(prefixed) - strlen(name)),
                       prefixed);
    const char *near = nearest_name(source->file, name);
    if (near)
        return rn_fail(RN_E_DATA,
                       "%s: there is no tensor \"%s\", but there is \"%s\"; expected "
                       "the weights of this network",
                       source->path, name, near);
    return rn_fail(RN_E_DATA,
                   "%s: there is no tensor \"%s\" among its %lld; expected the weights "
                   "of this network",
                   source->path, name, (long long)source->file->n_tensors);
}

/* ---- What a file has ---- */

static bool fits(const rn_named_tensor *tensor, const rn_store_entry *entry)
{
    if (tensor->dtype != entry->desc.dtype || tensor->rank != entry->desc.rank)
        return false;
    for (int32_t i = 0; i < tensor->rank; i++)
        if (tensor->shape[i] != entry->desc.shape[i])
            return false;
    return true;
}

/* Numbers that no training can have left behind. */
static rn_status check_values(const rn_store_source *source, const rn_store_entry *entry,
                              const float *values)
{
    int64_t count = rn_desc_count(&entry->desc);
    if (!rn_all_finite(values, count))
        return rn_fail(RN_E_DATA,
                       "%s: tensor \"%s\" holds values that are infinite or NaN; "
                       "expected the weights of a run that did not diverge",
                       source->path, entry->name);
    for (int64_t i = 0; ends_with(entry->name, ".running_var") && i < count; i++)
        if (values[i] < 0)
            return rn_fail(RN_E_DATA, "%s: tensor \"%s\" holds the variance %g; expected 0 or more",
                           source->path, entry->name, (double)values[i]);
    return RN_OK;
}

static rn_status check_entry(const rn_store_source *source, const rn_store_entry *entry)
{
    const rn_named_tensor *tensor = rn_safetensors_find(source->file, entry->name);
    if (!tensor)
        return is_optional(entry, source) ? RN_OK : fail_missing(source, entry->name);
    if (fits(tensor, entry))
        return check_values(source, entry, tensor->data);
    rn_tensor_desc found = rn_desc_make(tensor->dtype, tensor->rank, tensor->shape);
    return rn_fail(RN_E_DATA, "%s: tensor \"%s\" has shape %s, expected %s", source->path,
                   entry->name, RN_DESC_STRING(&found), RN_DESC_STRING(&entry->desc));
}

/* ---- What a file has besides ---- */

/* "conv1.weight.velocity" where there is a parameter "conv1.weight". */
static bool is_velocity(const rn_store *store, const char *name)
{
    if (!ends_with(name, "." RN_VELOCITY))
        return false;
    char *parameter = strndup(name, strlen(name) - strlen("." RN_VELOCITY));
    bool found = parameter && rn_store_find(store, parameter);
    free(parameter);
    return found;
}

static bool is_surplus(const rn_store *store, const rn_store_source *source, const char *name)
{
    const rn_store_entry *entry = rn_store_find(store, name);
    if (entry && is_wanted(entry, source))
        return false;
    return source->match == RN_STORE_EXACT ||
           !(is_velocity(store, name) || ends_with(name, ".num_batches_tracked"));
}

static rn_status check_surplus(const rn_store *store, const rn_store_source *source)
{
    enum { SHOWN = 3 };
    char list[512] = "";
    int64_t n_surplus = 0;
    for (int64_t i = 0; i < source->file->n_tensors; i++) {
        const char *name = source->file->tensors[i].name;
        if (!is_surplus(store, source, name))
            continue;
        size_t used = strlen(list);
        if (n_surplus++ < SHOWN)
            snprintf(list + used, sizeof list - used, "%s\"%.150s\"", used ? ", " : "", name);
    }
    if (!n_surplus)
        return RN_OK;
    char more[32] = "";
    if (n_surplus > SHOWN)
        snprintf(more, sizeof more, " and %lld more", (long long)(n_surplus - SHOWN));
    return rn_fail(RN_E_DATA,
                   "%s: this network has no tensors %s%s; expected its own weights and "
                   "no others",
                   source->path, list, more);
}

/* ---- Loading ---- */

static rn_status load_entry(rn_store *store, const rn_store_source *source,
                            const rn_store_entry *entry)
{
    const rn_named_tensor *tensor = rn_safetensors_find(source->file, entry->name);
    if (tensor)
        return rn_store_upload(store, entry, tensor->data);
    void *zeros = calloc(1, entry->desc.size_bytes);
    rn_status status = zeros ? rn_store_upload(store, entry, zeros)
                             : rn_fail(RN_E_NOMEM, "no memory to load the parameters");
    free(zeros);
    return status;
}

rn_status rn_store_load(rn_store *store, const rn_store_source *source)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < store->n_entries && !status; i++)
        if (is_wanted(&store->entries[i], source))
            status = check_entry(source, &store->entries[i]);
    if (status)
        return status;
    status = check_surplus(store, source);
    for (int32_t i = 0; i < store->n_entries && !status; i++)
        if (is_wanted(&store->entries[i], source))
            status = load_entry(store, source, &store->entries[i]);
    return status;
}
