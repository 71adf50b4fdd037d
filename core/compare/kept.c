/* kept.c: writes the entries of a store one after the other, and reads them back. */
#include "compare/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "io/file.h"
#include "io/temporary.h"

typedef struct place {
    char *name;
    uint64_t size_bytes;
    uint64_t offset;
} place;

struct rn_kept {
    rn_file *file;
    place *places;
    int32_t n_places;
    uint64_t size_bytes;
};

static rn_status write_entry(rn_kept *kept, rn_store *store, const rn_store_entry *entry,
                             void *values)
{
    place *p = &kept->places[kept->n_places];
    *p = (place){ strdup(entry->name), entry->desc.size_bytes, kept->size_bytes };
    kept->size_bytes += entry->desc.size_bytes;
    if (!p->name)
        return rn_fail(RN_E_NOMEM, "no memory for the kept tensors");
    kept->n_places++;
    rn_status status = rn_store_download(store, entry, values);
    return status ? status : rn_file_write(kept->file, values, p->size_bytes);
}

static rn_status write_all(rn_kept *kept, rn_store *store)
{
    rn_status status = RN_OK;
    void *values = malloc(rn_store_largest_bytes(store) + 1);
    if (!values)
        return rn_fail(RN_E_NOMEM, "no memory for a kept tensor");
    for (int32_t i = 0; i < store->n_entries && !status; i++)
        status = write_entry(kept, store, &store->entries[i], values);
    free(values);
    return status;
}

rn_status rn_kept_save(rn_store *store, rn_kept **out)
{
    rn_status status;
    rn_kept *kept = calloc(1, sizeof *kept);
    if (!kept)
        return rn_fail(RN_E_NOMEM, "no memory for the kept tensors");
    char *path = rn_temporary_path("resnet-kept");
    kept->places = calloc((size_t)store->n_entries + 1, sizeof *kept->places);
    status = path && kept->places ? rn_file_create_unnamed(path, &kept->file)
                                  : rn_fail(RN_E_NOMEM, "no memory for the kept tensors");
    free(path);
    if (!status)
        status = write_all(kept, store);
    if (status)
        rn_kept_destroy(kept);
    else
        *out = kept;
    return rn_temporary_fail(status);
}

static rn_status read_entry(const rn_kept *kept, const place *p, rn_store *store, void *values)
{
    const rn_store_entry *entry = rn_store_find(store, p->name);
    if (!entry || entry->desc.size_bytes != p->size_bytes)
        return RN_OK;
    rn_status status = rn_file_reread(kept->file, values, p->size_bytes, p->offset);
    return status ? status : rn_store_upload(store, entry, values);
}

rn_status rn_kept_restore(const rn_kept *kept, rn_store *store)
{
    rn_status status = RN_OK;
    void *values = malloc(rn_store_largest_bytes(store) + 1);
    if (!values)
        return rn_fail(RN_E_NOMEM, "no memory for a kept tensor");
    for (int32_t i = 0; i < kept->n_places && !status; i++)
        status = read_entry(kept, &kept->places[i], store, values);
    free(values);
    return status;
}

void rn_kept_destroy(rn_kept *kept)
{
    if (!kept)
        return;
    for (int32_t i = 0; i < kept->n_places; i++)
        free(kept->places[i].name);
    rn_file_discard(kept->file);
    free(kept->places);
    free(kept);
}
