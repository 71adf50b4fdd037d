/* out.c: the table of formats that weights are written in, and the tensors that they are given. */
#include "weights/out/out.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* ---- Formats ---- */

#define ROW(name, kind, help, ending) { #name, kind, ending, rn_out_##name },
static const rn_out_format formats[] = { RN_OUT_FORMATS(ROW){ 0 } };

const rn_out_format *rn_out_by_kind(rn_out_kind kind)
{
    for (const rn_out_format *format = formats; format->name; format++)
        if (format->kind == kind)
            return format;
    return NULL;
}

const rn_out_format *rn_out_by_path(const char *path)
{
    size_t length = strlen(path);
    for (const rn_out_format *format = formats; format->name; format++) {
        size_t ending = strlen(format->ending);
        if (ending && length > ending && strcmp(path + length - ending, format->ending) == 0)
            return format;
    }
    return NULL;
}

bool rn_out_is_folder(const rn_out_format *format)
{
    return !*format->ending;
}

/* ---- Tensors ---- */

#define ROLES (1u << RN_ROLE_PARAM | 1u << RN_ROLE_STATE)

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the weights");
}

/* Makes room for the tensors, and for copies of those that are stored in another form. */
static rn_status make_room(rn_out_model *model, const rn_store *store)
{
    uint64_t bytes = 0;
    for (int32_t i = 0; i < store->n_entries; i++) {
        const rn_store_entry *entry = &store->entries[i];
        const rn_stored *stored = rn_stored_find(&model->weights->table, entry->name);
        if (stored && !rn_stored_is_plain(stored))
            bytes += entry->desc.size_bytes;
    }
    model->tensors = calloc((size_t)store->n_entries + 1, sizeof *model->tensors);
    model->copies = malloc(bytes + 1);
    return model->tensors && model->copies ? RN_OK : no_memory();
}

/* Adds the tensor of an entry; `*copy` is where its numbers go if they have to be copied. */
static rn_status add(rn_out_model *model, const rn_store_entry *entry, float **copy)
{
    const rn_stored *stored = rn_stored_find(&model->weights->table, entry->name);
    rn_named_tensor *tensor = &model->tensors[model->n_tensors++];
    *tensor = (rn_named_tensor){
        .name = stored->name, .dtype = RN_F32, .rank = entry->desc.rank, .data = stored->data
    };
    memcpy(tensor->shape, entry->desc.shape, sizeof tensor->shape);
    if (rn_stored_is_plain(stored))
        return RN_OK;
    tensor->data = *copy;
    *copy += rn_desc_count(&entry->desc);
    return rn_stored_read(stored, model->weights->path, (float *)(uintptr_t)tensor->data);
}

rn_status rn_out_gather(rn_out_model *model, const rn_store *store)
{
    rn_status status = make_room(model, store);
    float *copy = model->copies;
    for (int32_t i = 0; i < store->n_entries && !status; i++)
        if (ROLES >> store->entries[i].role & 1)
            status = add(model, &store->entries[i], &copy);
    return status;
}

void rn_out_clear(rn_out_model *model)
{
    free(model->tensors);
    free(model->copies);
}

const rn_named_tensor *rn_out_find(const rn_out_model *model, const char *name)
{
    for (int64_t i = 0; i < model->n_tensors; i++)
        if (strcmp(model->tensors[i].name, name) == 0)
            return &model->tensors[i];
    return NULL;
}
