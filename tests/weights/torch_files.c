/* torch_files.c: PyTorch's files, made of a pickle that a test spells out. */
#include "weights/torch_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "weights/open.h"

static const float storage[] = { 1, 2, 3, 4 };

static void put(FILE *stream, const void *bytes, size_t size)
{
    CU_ASSERT_EQUAL_FATAL(fwrite(bytes, 1, size, stream), size);
}

static void put_number(FILE *stream, uint64_t number, int width)
{
    for (int i = 0; i < width; i++)
        fputc((int)(number >> 8 * i & 255), stream);
}

static void put_parts(FILE *stream, const torch_bytes *parts, size_t n_parts)
{
    for (size_t i = 0; i < n_parts; i++)
        put(stream, parts[i].bytes, parts[i].size);
}

/* An entry of an archive. */
typedef struct entry {
    const char *name;
    uint64_t offset, size;
} entry;

/* Sizes, and the lengths of the name and of nothing more. */
static void put_sizes(FILE *stream, const entry *e)
{
    put_number(stream, 0, 4); /* the checksum, which nobody looks at */
    put_number(stream, e->size, 4);
    put_number(stream, e->size, 4);
    put_number(stream, strlen(e->name), 2);
    put_number(stream, 0, 2);
}

static void put_local(FILE *stream, entry *e)
{
    static const char start[] = "PK\3\4\0\0\0\0\0\0\0\0\0\0";
    e->offset = (uint64_t)ftell(stream);
    put(stream, start, sizeof start - 1);
    put_sizes(stream, e);
    put(stream, e->name, strlen(e->name));
}

static void put_directory(FILE *stream, const entry *entries, uint64_t n)
{
    static const char start[] = "PK\1\2\0\0\0\0\0\0\0\0\0\0\0\0", end[] = "PK\5\6\0\0\0\0";
    uint64_t offset = (uint64_t)ftell(stream);
    for (uint64_t i = 0; i < n; i++) {
        put(stream, start, sizeof start - 1);
        put_sizes(stream, &entries[i]);
        put_number(stream, 0, 8);
        put_number(stream, 0, 2);
        put_number(stream, entries[i].offset, 4);
        put(stream, entries[i].name, strlen(entries[i].name));
    }
    uint64_t size = (uint64_t)ftell(stream) - offset;
    put(stream, end, sizeof end - 1);
    put_number(stream, n, 2);
    put_number(stream, n, 2);
    put_number(stream, size, 4);
    put_number(stream, offset, 4);
    put_number(stream, 0, 2);
}

char *torch_zip(const torch_bytes *parts, size_t n_parts, size_t *size)
{
    entry entries[] = { { "any name/data.pkl", 0, 0 }, { "any name/data/0", 0, sizeof storage } };
    char *bytes = NULL;
    FILE *stream = open_memstream(&bytes, size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    for (size_t i = 0; i < n_parts; i++)
        entries[0].size += parts[i].size;
    put_local(stream, &entries[0]);
    put_parts(stream, parts, n_parts);
    put_local(stream, &entries[1]);
    put(stream, storage, sizeof storage);
    put_directory(stream, entries, 2);
    fclose(stream);
    return bytes;
}

rn_status torch_open_bytes(const void *bytes, size_t size, rn_weights **weights)
{
    char path[CHECK_PATH_MAX];
    FILE *stream = fopen(check_scratch(path, "weights"), "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    put(stream, bytes, size);
    fclose(stream);
    *weights = NULL;
    return rn_weights_open(path, NULL, weights);
}

rn_status torch_open(const torch_bytes *parts, size_t n_parts, const char *key,
                     rn_weights **weights)
{
    char path[CHECK_PATH_MAX];
    size_t size = 0;
    char *bytes = torch_zip(parts, n_parts, &size);
    rn_status status = torch_open_bytes(bytes, size, weights);
    free(bytes);
    if (!key)
        return status;
    rn_weights_close(*weights);
    *weights = NULL;
    return rn_weights_open(check_scratch(path, "weights"), key, weights);
}

rn_status torch_open_legacy(const torch_bytes *parts, size_t n_parts, bool has_storage,
                            rn_weights **weights)
{
    static const char head[] = "\x80\2\x8a\x0al\xfc\x9c"
                               "F\xf9 j\xa8P\x19.\x80\2M\xe9\3.\x80\2}.";
    static const char keys[] = "\x80\2]U\1"
                               "0a.",
                      no_keys[] = "\x80\2].";
    char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    put(stream, head, sizeof head - 1);
    put_parts(stream, parts, n_parts);
    if (has_storage) {
        put(stream, keys, sizeof keys - 1);
        put_number(stream, 4, 8);
        put(stream, storage, sizeof storage);
    } else {
        put(stream, no_keys, sizeof no_keys - 1);
    }
    fclose(stream);
    rn_status status = torch_open_bytes(bytes, size, weights);
    free(bytes);
    return status;
}
