/* store_load.c: kept tensors from a file, which must hold the tensors of this network. */
#define _GNU_SOURCE /* open_memstream */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/nearest.h"
#include "base/status.h"
#include "base/text.h"
#include "passes/average.h"
#include "passes/optimizers.h"
#include "plan/store_values.h"

/* A file may name thousands of tensors, and a message is one line. */
enum { MAX_SHOWN = 4 };

#define OTHER_WAYS                                                                                 \
    "; --partial takes those that fit, --reset-head of train all but the last layer's"

static bool is_wanted(const rn_store_entry *entry, const rn_store_source *source)
{
    return source->roles >> entry->role & 1;
}

/* A tensor that the file may lack: it then starts at its initial value. */
static bool is_optional(const rn_store_entry *entry, const rn_store_source *source)
{
    return source->match == RN_STORE_RESTART &&
           (entry->role == RN_ROLE_OPTIMIZER || entry->role == RN_ROLE_AVERAGE);
}

/* "fc.weight" of the head "fc". */
static bool is_of_head(const rn_store_source *source, const char *name)
{
    size_t length = source->head ? strlen(source->head) : 0;
    return length && strncmp(name, source->head, length) == 0 && name[length] == '.';
}

static bool fits(const rn_stored *tensor, const rn_store_entry *entry)
{
    if (tensor->type->dtype != entry->desc.dtype || tensor->rank != entry->desc.rank)
        return false;
    for (int32_t i = 0; i < tensor->rank; i++)
        if (tensor->shape[i] != entry->desc.shape[i])
            return false;
    return true;
}

/* The file's tensor for an entry that is wanted; NULL: it has none that fits. */
static const rn_stored *find_fitting(const rn_store_source *source, const rn_store_entry *entry)
{
    const rn_stored *tensor = rn_stored_find(source->table, entry->name);
    return tensor && fits(tensor, entry) ? tensor : NULL;
}

/* ---- What does not fit ---- */

/* "conv1.weight.velocity" where there is a parameter "conv1.weight". */
static bool is_of_optimizer(const rn_store *store, const char *name)
{
    const char *dot = strrchr(name, '.');
    if (!dot || (!rn_optimizer_keeps(dot + 1) && strcmp(dot + 1, RN_AVERAGE) != 0))
        return false;
    char *parameter = strndup(name, (size_t)(dot - name));
    bool found = parameter && rn_store_find(store, parameter);
    free(parameter);
    return found;
}

static bool is_surplus(const rn_store *store, const rn_store_source *source, const char *name)
{
    const rn_store_entry *entry = rn_store_find(store, name);
    if ((entry && is_wanted(entry, source)) || is_of_head(source, name))
        return false;
    return source->match == RN_STORE_EXACT ||
           !(is_of_optimizer(store, name) || rn_text_ends(name, ".num_batches_tracked"));
}

/* The file's name for the tensor, where it only has a prefix: "module.conv1.weight". */
static const char *find_prefixed(const rn_store_source *source, const char *name)
{
    for (int64_t i = 0; i < source->table->count; i++) {
        const char *found = source->table->tensors[i].name;
        if (rn_text_ends(found, name) && found[strlen(found) - strlen(name) - 1] == '.')
            return found;
    }
    return NULL;
}

/* The name in the file that stands for one of the network: among those that the network lacks. */
static const char *find_near(const rn_store *store, const rn_store_source *source, const char *name)
{
    const char *near = find_prefixed(source, name);
    const char **names = calloc((size_t)source->table->count + 1, sizeof *names);
    size_t n = 0;
    for (int64_t i = 0; names && i < source->table->count; i++)
        if (is_surplus(store, source, source->table->tensors[i].name))
            names[n++] = source->table->tensors[i].name;
    if (names && !near)
        near = rn_nearest(name, names);
    free(names);
    return near;
}

/* How an entry of the network and the file stand to each other. */
typedef enum fit {
    FITS,
    MISSING,
    MISSHAPEN,
    EXCUSED /* not wanted, or left as it is where the file has nothing that fits */
} fit;

static fit fit_of(const rn_store_source *source, const rn_store_entry *entry)
{
    if (!is_wanted(entry, source))
        return EXCUSED;
    if (find_fitting(source, entry))
        return FITS;
    if (is_of_head(source, entry->name))
        return EXCUSED;
    if (rn_stored_find(source->table, entry->name))
        return MISSHAPEN;
    return is_optional(entry, source) ? EXCUSED : MISSING;
}

static void list_missing(FILE *out, const rn_store *store, const rn_store_source *source, int64_t n)
{
    int shown = 0;
    rn_print(out, "%lld %s missing: ", (long long)n, n == 1 ? "tensor is" : "tensors are");
    for (int32_t i = 0; i < store->n_entries && shown < MAX_SHOWN; i++) {
        const rn_store_entry *entry = &store->entries[i];
        if (fit_of(source, entry) != MISSING)
            continue;
        const char *near = find_near(store, source, entry->name);
        rn_print(out, "%s\"%s\"", shown++ ? ", " : "", entry->name);
        if (near)
            rn_print(out, " (there is \"%.150s\")", near);
    }
    fputs(n > shown ? ", …; " : "; ", out);
}

static void list_misshapen(FILE *out, const rn_store *store, const rn_store_source *source,
                           int64_t n)
{
    int shown = 0;
    rn_print(out, "%lld %s: ", (long long)n,
             n == 1 ? "tensor has another shape" : "tensors have another shape");
    for (int32_t i = 0; i < store->n_entries && shown < MAX_SHOWN; i++) {
        const rn_store_entry *entry = &store->entries[i];
        if (fit_of(source, entry) != MISSHAPEN)
            continue;
        const rn_stored *tensor = rn_stored_find(source->table, entry->name);
        rn_tensor_desc found = rn_desc_make(RN_F32, tensor->rank, tensor->shape);
        rn_print(out, "%s\"%s\" is %s%s, expected %s", shown++ ? ", " : "", entry->name,
                 RN_DESC_STRING(&found), tensor->type->dtype == RN_F32 ? "" : " of integers",
                 RN_DESC_STRING(&entry->desc));
    }
    fputs(n > shown ? ", …; " : "; ", out);
}

static void list_surplus(FILE *out, const rn_store *store, const rn_store_source *source, int64_t n)
{
    int shown = 0;
    rn_print(out, "this network has no %s ", n == 1 ? "tensor" : "tensors");
    for (int64_t i = 0; i < source->table->count && shown < MAX_SHOWN; i++)
        if (is_surplus(store, source, source->table->tensors[i].name))
            rn_print(out, "%s\"%.150s\"", shown++ ? ", " : "", source->table->tensors[i].name);
    if (n > shown)
        fprintf(out, " and %lld more", (long long)(n - shown));
    fputs("; ", out);
}

/* How many tensors do not fit, and in which way. */
typedef struct misfits {
    int64_t missing, misshapen, surplus, fitting;
} misfits;

static misfits count_misfits(const rn_store *store, const rn_store_source *source)
{
    misfits m = { 0 };
    for (int32_t i = 0; i < store->n_entries; i++) {
        fit f = fit_of(source, &store->entries[i]);
        m.fitting += f == FITS;
        m.missing += f == MISSING;
        m.misshapen += f == MISSHAPEN;
    }
    for (int64_t i = 0; i < source->table->count; i++)
        m.surplus += is_surplus(store, source, source->table->tensors[i].name);
    return m;
}

/* Lists the misfits as one line; the caller frees it. NULL: no memory. */
static char *describe_misfits(const rn_store *store, const rn_store_source *source,
                              const misfits *m)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    if (m->missing)
        list_missing(out, store, source, m->missing);
    if (m->misshapen)
        list_misshapen(out, store, source, m->misshapen);
    if (m->surplus)
        list_surplus(out, store, source, m->surplus);
    return fclose(out) ? NULL : text;
}

static rn_status check_names(const rn_store *store, const rn_store_source *source)
{
    misfits m = count_misfits(store, source);
    if (!m.missing && !m.misshapen && !m.surplus)
        return RN_OK;
    rn_status status = RN_OK;
    char *text = describe_misfits(store, source, &m);
    if (!text)
        return rn_fail(RN_E_NOMEM, "no memory to load the parameters");
    if (source->match != RN_STORE_PARTIAL)
        status = rn_fail(RN_E_DATA, "%s: %sexpected the weights of this network%s", source->path,
                         text, source->match == RN_STORE_WEIGHTS && m.fitting ? OTHER_WAYS : "");
    else if (!m.fitting)
        status = rn_fail(RN_E_DATA, "%s: %sno tensor fits this network", source->path, text);
    else
        rn_log(RN_LOG_WARNING, "%s: %s%lld tensors were loaded", source->path, text,
               (long long)m.fitting);
    free(text);
    return status;
}

/* ---- Values ---- */

/* Memory for the largest tensor: one that is not stored as the engine takes it is copied there. */
typedef struct loading {
    rn_store *store;
    const rn_store_source *source;
    float *scratch;
} loading;

/* The values of a tensor that fits. */
static rn_status values_of(const loading *l, const rn_stored *tensor, const float **values)
{
    *values = (const float *)(const void *)tensor->data;
    if (rn_stored_is_plain(tensor))
        return RN_OK;
    *values = l->scratch;
    return rn_stored_read(tensor, l->source->path, l->scratch);
}

static rn_status load_initial(const loading *l, const rn_store_entry *entry)
{
    int64_t count = rn_desc_count(&entry->desc);
    for (int64_t i = 0; i < count; i++)
        l->scratch[i] = entry->init == RN_INIT_ONE;
    return rn_store_upload(l->store, entry, l->scratch);
}

/* The tensor of which the entry is the average; NULL: the file has none that fits. */
static const rn_stored *find_averaged(const loading *l, const rn_store_entry *entry)
{
    size_t length = strlen(entry->name) - strlen("." RN_AVERAGE);
    char *name = strndup(entry->name, length);
    const rn_stored *tensor = name ? rn_stored_find(l->source->table, name) : NULL;
    free(name);
    return tensor && fits(tensor, entry) ? tensor : NULL;
}

/* An entry that the file does not set. */
static rn_status start_entry(const loading *l, const rn_store_entry *entry)
{
    const rn_store_start *start = l->source->start;
    return start ? rn_store_initialise_entry(l->store, entry, start, l->scratch) : RN_OK;
}

/* An average that the file lacks begins anew with the value itself. */
static rn_status load_entry(const loading *l, const rn_store_entry *entry)
{
    bool wanted = is_wanted(entry, l->source);
    const rn_stored *tensor = wanted ? find_fitting(l->source, entry) : NULL;
    const float *values = NULL;
    if (wanted && !tensor && entry->role == RN_ROLE_AVERAGE && is_optional(entry, l->source))
        tensor = find_averaged(l, entry);
    if (!tensor)
        return wanted && is_optional(entry, l->source) ? load_initial(l, entry)
                                                       : start_entry(l, entry);
    rn_status status = values_of(l, tensor, &values);
    if (!status)
        status = rn_store_values_load(l->store, entry, values, l->source->path);
    if (!status && l->source->copied)
        l->source->copied(l->source->context, tensor);
    return status;
}

rn_status rn_store_load(rn_store *store, const rn_store_source *source)
{
    rn_status status = check_names(store, source);
    if (status)
        return status;
    loading l = { .store = store,
                  .source = source,
                  .scratch = malloc(rn_store_largest_bytes(store) + 1) };
    if (!l.scratch)
        return rn_fail(RN_E_NOMEM, "no memory to load the parameters");
    for (int32_t i = 0; i < store->n_entries && !status; i++)
        status = load_entry(&l, &store->entries[i]);
    free(l.scratch);
    return status;
}
