/* zip.c: local headers and data, then the directory: PKWARE's APPNOTE, section 4.3. */
#include "weights/out/zip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/status.h"

#define MAX_FILES 65534
#define VERSION 10                 /* of the format that is needed to read stored files */
#define DATE (0 << 9 | 1 << 5 | 1) /* 1 January 1980: archives of the same weights are equal */
#define PADDING_ID 0x4246          /* of the extra field that PyTorch pads with: "FB" */

typedef struct entry {
    char *name;
    uint32_t crc, size, offset;
} entry;

struct rn_zip {
    rn_file *file;
    const char *path; /* for messages */
    uint64_t position;
    entry *entries;
    uint32_t n_entries, capacity;
};

/* Numbers of a header, little endian. */
typedef struct header {
    uint8_t bytes[64];
    uint32_t count;
} header;

static void put(header *h, uint32_t value, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        h->bytes[h->count++] = (uint8_t)(value >> 8 * i);
}

static rn_status write_bytes(rn_zip *zip, const void *data, uint64_t size)
{
    zip->position += size;
    return rn_file_write(zip->file, data, size);
}

rn_status rn_zip_create(rn_file *file, const char *path, rn_zip **out)
{
    rn_zip *zip = calloc(1, sizeof *zip);
    if (!zip)
        return rn_fail(RN_E_NOMEM, "%s: no memory to write it", path);
    zip->file = file;
    zip->path = path;
    *out = zip;
    return RN_OK;
}

void rn_zip_destroy(rn_zip *zip)
{
    if (!zip)
        return;
    for (uint32_t i = 0; i < zip->n_entries; i++)
        free(zip->entries[i].name);
    free(zip->entries);
    free(zip);
}

static rn_status grow(rn_zip *zip)
{
    if (zip->n_entries < zip->capacity)
        return RN_OK;
    uint32_t capacity = zip->capacity ? 2 * zip->capacity : 256;
    entry *grown = realloc(zip->entries, capacity * sizeof *grown);
    if (!grown)
        return rn_fail(RN_E_NOMEM, "%s: no memory to write it", zip->path);
    zip->entries = grown;
    zip->capacity = capacity;
    return RN_OK;
}

/* Two bytes of flags, of the method, of the time and of the date; the sum and both sizes. */
static void put_common(header *h, const entry *e)
{
    put(h, VERSION, 2);
    put(h, 0, 2);
    put(h, 0, 2);
    put(h, 0, 2);
    put(h, DATE, 2);
    put(h, e->crc, 4);
    put(h, e->size, 4);
    put(h, e->size, 4);
    put(h, (uint32_t)strlen(e->name), 2);
}

/* The local header, padded so that the data behind it are aligned. */
static rn_status write_local(rn_zip *zip, const entry *e)
{
    static const uint8_t zeros[RN_ZIP_ALIGNMENT];
    header h = { .count = 0 }, extra = { .count = 0 };
    size_t length = strlen(e->name);
    uint64_t begin = zip->position + 30 + length + 4;
    uint32_t padding = (uint32_t)(-begin % RN_ZIP_ALIGNMENT);
    put(&h, 0x04034b50, 4);
    put_common(&h, e);
    put(&h, padding + 4, 2);
    put(&extra, PADDING_ID, 2);
    put(&extra, padding, 2);
    rn_status status = write_bytes(zip, h.bytes, h.count);
    if (!status)
        status = write_bytes(zip, e->name, length);
    if (!status)
        status = write_bytes(zip, extra.bytes, extra.count);
    return status ? status : write_bytes(zip, zeros, padding);
}

rn_status rn_zip_add(rn_zip *zip, const char *name, const void *data, uint64_t size_bytes)
{
    if (size_bytes > UINT32_MAX || zip->position + size_bytes > UINT32_MAX ||
        zip->n_entries == MAX_FILES)
        return rn_fail(RN_E_DATA,
                       "%s: more than 4 GiB or %d tensors, which this format cannot hold; use "
                       "safetensors",
                       zip->path, MAX_FILES);
    rn_status status = grow(zip);
    if (status)
        return status;
    entry *e = &zip->entries[zip->n_entries];
    *e = (entry){ .name = strdup(name),
                  .crc = (uint32_t)crc32_z(0, data, size_bytes),
                  .size = (uint32_t)size_bytes,
                  .offset = (uint32_t)zip->position };
    if (!e->name)
        return rn_fail(RN_E_NOMEM, "%s: no memory to write it", zip->path);
    zip->n_entries++;
    status = write_local(zip, e);
    return status ? status : write_bytes(zip, data, size_bytes);
}

static rn_status write_central(rn_zip *zip, const entry *e)
{
    header h = { .count = 0 };
    put(&h, 0x02014b50, 4);
    put(&h, VERSION, 2);
    put_common(&h, e);
    put(&h, 0, 2); /* no extra field, no comment, disk 0, no attributes */
    put(&h, 0, 2);
    put(&h, 0, 2);
    put(&h, 0, 2);
    put(&h, 0, 4);
    put(&h, e->offset, 4);
    rn_status status = write_bytes(zip, h.bytes, h.count);
    return status ? status : write_bytes(zip, e->name, strlen(e->name));
}

rn_status rn_zip_finish(rn_zip *zip)
{
    uint64_t begin = zip->position;
    header h = { .count = 0 };
    rn_status status = RN_OK;
    for (uint32_t i = 0; i < zip->n_entries && !status; i++)
        status = write_central(zip, &zip->entries[i]);
    if (status)
        return status;
    if (zip->position > UINT32_MAX)
        return rn_fail(RN_E_DATA, "%s: more than 4 GiB; use safetensors", zip->path);
    put(&h, 0x06054b50, 4);
    put(&h, 0, 4); /* disks */
    put(&h, zip->n_entries, 2);
    put(&h, zip->n_entries, 2);
    put(&h, (uint32_t)(zip->position - begin), 4);
    put(&h, (uint32_t)begin, 4);
    put(&h, 0, 2); /* no comment */
    return write_bytes(zip, h.bytes, h.count);
}
