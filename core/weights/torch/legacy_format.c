/* legacy_format.c: files that PyTorch wrote before 1.6: pickles of a magic number, a version, the
 * system, the object, and the keys of its storages; then each storage: the number of its elements
 * in 8 bytes, and these. Files of 2016, tar archives, are recognised and refused. */
#include <inttypes.h>
#include <string.h>

#include "base/status.h"
#include "weights/formats.h"
#include "weights/torch/classes.h"
#include "weights/torch/pickle.h"
#include "weights/torch/state.h"

/* 0x1950a86a20f9469cfc6c as binary pickles have it, after at most a protocol and a frame, and in
 * decimal. */
static const uint8_t magic[] = { 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.' };
static const char magic_text[] = "L119547037146038801333356L\n.";
#define MAGIC_WITHIN 24

/* The first file of the tar archives, and where such archives have a word. */
static const char tar_first[] = "sys_info", tar_word[] = "ustar";
#define TAR_WORD_AT 257

static bool starts_with(const uint8_t *bytes, uint64_t count, const char *text)
{
    size_t length = strlen(text);
    return count >= length && memcmp(bytes, text, length) == 0;
}

static bool is_tar(const uint8_t *bytes, uint64_t count)
{
    return count > TAR_WORD_AT && starts_with(bytes, count, tar_first) &&
           starts_with(bytes + TAR_WORD_AT, count - TAR_WORD_AT, tar_word);
}

static bool recognise(const uint8_t *bytes, uint64_t count, uint64_t size)
{
    bool found = starts_with(bytes, count, magic_text) || is_tar(bytes, count);
    (void)size;
    for (uint64_t i = 0; i + sizeof magic <= count && i + sizeof magic <= MAGIC_WITHIN; i++)
        if (memcmp(bytes + i, magic, sizeof magic) == 0)
            found = true;
    return found;
}

typedef struct reader {
    rn_torch_file file;
    uint64_t at; /* of what is read next */
} reader;

/* Reads the pickle at hand. */
static rn_status read_next(reader *r, rn_pickle *pickle)
{
    *pickle = (rn_pickle){ .weights = r->file.weights,
                           .path = r->file.path,
                           .bytes = r->file.map.data + r->at,
                           .size = r->file.map.size - r->at };
    rn_status status = rn_pickle_read(pickle);
    r->at += pickle->used;
    return status;
}

static rn_status check_system(const reader *r, const rn_value *system)
{
    const char *key = "little_endian";
    const rn_value *is_little = rn_value_get(system, key, strlen(key));
    if (!rn_value_is(is_little, RN_VALUE_INTEGER) || is_little->integer)
        return RN_OK;
    return rn_fail(RN_E_DATA,
                   "%s: its numbers are big-endian; expected little-endian: load it and save it "
                   "again with PyTorch on a little-endian machine",
                   r->file.path);
}

/* The magic number, the version, the system. */
static rn_status read_head(reader *r)
{
    rn_pickle pickle = { 0 };
    rn_status status = RN_OK;
    for (int i = 0; i < 3 && !status; i++)
        status = read_next(r, &pickle);
    return status ? status : check_system(r, pickle.value);
}

/* The storages that the object names, with their types' sizes as `bytes`, once each. */
static rn_status list_storages(reader *r, const rn_value_list *outside)
{
    rn_torch_file *file = &r->file;
    size_t n = 0;
    file->storages =
        rn_pool_take_array(file->weights->pool, outside->count, sizeof *file->storages);
    if (!file->storages)
        return rn_weights_no_memory(file->weights);
    for (uint32_t i = 0; i < outside->count; i++) {
        const rn_value *name = rn_storage_name(outside->items[i]);
        const rn_class *class = rn_class_find(rn_value_item(name, RN_STORAGE_CLASS));
        bool is_known = class && class->meaning == RN_CLASS_NUMBERS;
        if (name)
            file->storages[file->n_storages++] =
                (rn_storage){ .key = rn_value_item(name, RN_STORAGE_KEY)->text,
                              .bytes = is_known ? rn_element_by_text(class->element)->size : 0 };
    }
    rn_storages_sort(file);
    for (size_t i = 0; i < file->n_storages; i++)
        if (!n || rn_storage_compare(&file->storages[n - 1].key, &file->storages[i].key) != 0)
            file->storages[n++] = file->storages[i];
    file->n_storages = n;
    return RN_OK;
}

static rn_status fail_storage(const reader *r, const rn_value *key, const char *what)
{
    bool is_text = rn_value_is(key, RN_VALUE_TEXT) && key->text.length < 200;
    return rn_fail(RN_E_DATA, "%s: storage \"%.*s\" %s", r->file.path,
                   is_text ? (int)key->text.length : 1, is_text ? key->text.start : "?", what);
}

static rn_status read_storage(reader *r, const rn_value *key)
{
    const rn_map *map = &r->file.map;
    uint64_t count = 0, bytes;
    rn_storage *storage =
        rn_value_is(key, RN_VALUE_TEXT) ? rn_storage_find(&r->file, &key->text) : NULL;
    if (!storage || storage->data || storage->bytes == 0)
        return fail_storage(r, key,
                            "is there twice, or nothing tells the type of its numbers; expected "
                            "numbers of type " RN_ELEMENT_LIST);
    if (map->size - r->at < sizeof count)
        return fail_storage(r, key, "is not in the file; it was cut off");
    memcpy(&count, map->data + r->at, sizeof count);
    r->at += sizeof count;
    if (__builtin_mul_overflow(count, storage->bytes, &bytes) || bytes > map->size - r->at)
        return fail_storage(r, key, "goes beyond the end of the file; it was cut off");
    storage->data = map->data + r->at;
    storage->bytes = bytes;
    r->at += bytes;
    return RN_OK;
}

/* The keys, and the storages in their order. Those of which there is no key are forgotten. */
static rn_status read_storages(reader *r)
{
    rn_pickle keys;
    rn_torch_file *file = &r->file;
    size_t n = 0;
    rn_status status = read_next(r, &keys);
    if (!status && !rn_value_is(keys.value, RN_VALUE_LIST))
        status =
            rn_fail(RN_E_DATA, "%s: after the object there is no list of storages", file->path);
    for (uint32_t i = 0; !status && i < keys.value->list.count; i++)
        status = read_storage(r, keys.value->list.items[i]);
    for (size_t i = 0; i < file->n_storages; i++)
        if (file->storages[i].data)
            file->storages[n++] = file->storages[i];
    file->n_storages = n;
    return status;
}

static rn_status refuse_tar(const char *path)
{
    return rn_fail(RN_E_DATA,
                   "%s: a tar archive, as PyTorch wrote them until 2016; load it with PyTorch, and "
                   "save it again with torch.save",
                   path);
}

static rn_status read(rn_weights *weights, const char *path, const char *key)
{
    reader r = { .file = { .weights = weights, .path = path } };
    rn_pickle object;
    rn_status status = rn_weights_map_file(weights, path, &r.file.map);
    if (status)
        return status;
    if (is_tar(r.file.map.data, r.file.map.size))
        return refuse_tar(path);
    status = read_head(&r);
    if (!status)
        status = read_next(&r, &object);
    if (!status)
        status = list_storages(&r, &object.outside);
    if (!status)
        status = read_storages(&r);
    return status ? status : rn_state_read(&r.file, object.value, key);
}

const rn_weights_format rn_weights_torch_legacy = { "PyTorch", recognise, read };
