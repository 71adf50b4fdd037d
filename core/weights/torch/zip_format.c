/* zip_format.c: files that PyTorch writes since 1.6: a zip archive of a pickle, data.pkl, and of the
 * numbers of each storage, data/KEY, in one folder. */
#include <string.h>

#include "base/status.h"
#include "weights/formats.h"
#include "weights/torch/pickle.h"
#include "weights/torch/state.h"
#include "weights/torch/zip.h"

#define PICKLE "data.pkl"
#define STORAGES "data/"
#define BYTE_ORDER_ENTRY "byteorder"

static bool recognise(const uint8_t *bytes, uint64_t count, uint64_t size)
{
    (void)size;
    return count >= 4 && memcmp(bytes, "PK\3\4", 4) == 0;
}

/* The folder's name with its slash: what stands before the first slash. */
static uint64_t folder_length(const rn_zip *zip)
{
    const char *name = zip->n_entries ? zip->entries[0].name : NULL;
    const char *slash = name ? memchr(name, '/', (size_t)zip->entries[0].name_length) : NULL;
    return slash ? (uint64_t)(slash - name) + 1 : 0;
}

/* Whether the entry is in the folder; sets `*rest` to its name there. */
static bool is_in_folder(const rn_zip *zip, const rn_zip_entry *entry, rn_value_text *rest)
{
    uint64_t folder = folder_length(zip);
    if (entry->name_length < folder || memcmp(entry->name, zip->entries[0].name, folder) != 0)
        return false;
    *rest = (rn_value_text){ entry->name + folder, entry->name_length - folder };
    return true;
}

static const rn_zip_entry *find_entry(const rn_zip *zip, const char *name)
{
    rn_value_text rest;
    size_t length = strlen(name);
    for (uint64_t i = 0; i < zip->n_entries; i++)
        if (is_in_folder(zip, &zip->entries[i], &rest) && rest.length == length &&
            memcmp(rest.start, name, length) == 0)
            return &zip->entries[i];
    return NULL;
}

static rn_status fail_compressed(const char *path)
{
    return rn_fail(
        RN_E_DATA,
        "%s: the archive is compressed or encrypted, which torch.save never does; unpack "
        "it, or save the weights again",
        path);
}

static rn_status read_storages(const rn_zip *zip, rn_torch_file *file)
{
    size_t prefix = strlen(STORAGES);
    rn_value_text rest;
    file->storages =
        rn_pool_take_array(file->weights->pool, (size_t)zip->n_entries, sizeof *file->storages);
    if (!file->storages)
        return rn_weights_no_memory(file->weights);
    for (uint64_t i = 0; i < zip->n_entries; i++) {
        const rn_zip_entry *entry = &zip->entries[i];
        if (!is_in_folder(zip, entry, &rest) || rest.length < prefix ||
            memcmp(rest.start, STORAGES, prefix) != 0)
            continue;
        if (!entry->data)
            return fail_compressed(file->path);
        file->storages[file->n_storages++] =
            (rn_storage){ { rest.start + prefix, rest.length - prefix }, entry->data, entry->size };
    }
    rn_storages_sort(file);
    return RN_OK;
}

/* The entry is "little" or "big", and younger than the format. */
static rn_status check_byte_order(const rn_zip *zip, const char *path)
{
    const rn_zip_entry *entry = find_entry(zip, BYTE_ORDER_ENTRY);
    if (!entry || !entry->data || entry->size != 3 || memcmp(entry->data, "big", 3) != 0)
        return RN_OK;
    return rn_fail(RN_E_DATA,
                   "%s: its numbers are big-endian; expected little-endian: load it and save it "
                   "again with PyTorch on a little-endian machine",
                   path);
}

static rn_status read_pickle(const rn_zip *zip, const rn_torch_file *file, const char *key)
{
    const rn_zip_entry *entry = find_entry(zip, PICKLE);
    if (!entry)
        return rn_fail(RN_E_DATA, "%s: a zip archive, but not PyTorch's: there is no " PICKLE,
                       file->path);
    if (!entry->data)
        return fail_compressed(file->path);
    rn_pickle pickle = {
        .weights = file->weights, .path = file->path, .bytes = entry->data, .size = entry->size
    };
    rn_status status = rn_pickle_read(&pickle);
    return status ? status : rn_state_read(file, pickle.value, key);
}

static rn_status read(rn_weights *weights, const char *path, const char *key)
{
    rn_torch_file file = { .weights = weights, .path = path };
    rn_zip zip;
    rn_status status = rn_weights_map_file(weights, path, &file.map);
    if (!status)
        status = rn_zip_read(&file.map, path, weights->pool, &zip);
    if (!status)
        status = check_byte_order(&zip, path);
    if (!status)
        status = read_storages(&zip, &file);
    return status ? status : read_pickle(&zip, &file, key);
}

const rn_weights_format rn_weights_torch_zip = { "PyTorch", recognise, read };
