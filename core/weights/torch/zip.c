/* zip.c: the directory of a zip archive. */
#include "weights/torch/zip.h"

#include <inttypes.h>
#include <string.h>

#include "base/status.h"

/* Records begin with a signature. Lengths are those of their fixed parts. */
#define END_SIGNATURE 0x06054b50u
#define END_LENGTH 22
#define LOCATOR_SIGNATURE 0x07064b50u
#define LOCATOR_LENGTH 20
#define END64_SIGNATURE 0x06064b50u
#define END64_LENGTH 56
#define ENTRY_SIGNATURE 0x02014b50u
#define ENTRY_LENGTH 46
#define LOCAL_SIGNATURE 0x04034b50u
#define LOCAL_LENGTH 30

#define MAX_COMMENT 65535 /* bytes after the end record */
#define EXTRA_ZIP64 1     /* the identifier of an entry's 64-bit numbers */
#define IN_ZIP64 UINT32_MAX
#define ENCRYPTED 1 /* a flag */

typedef struct reader {
    const rn_map *map;
    const char *path;
} reader;

static uint64_t number(const uint8_t *at, int width)
{
    uint64_t value = 0;
    for (int i = 0; i < width; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

/* The record of a signature at an offset, or NULL: it leaves the file, or is another one. */
static const uint8_t *find_record(const reader *r, uint64_t offset, uint32_t signature,
                                  uint64_t length)
{
    if (offset > r->map->size || r->map->size - offset < length)
        return NULL;
    const uint8_t *record = r->map->data + offset;
    return number(record, 4) == signature ? record : NULL;
}

static rn_status fail(const reader *r, const char *what)
{
    return rn_fail(RN_E_DATA, "%s: a damaged zip archive: %s; the file may have been cut off",
                   r->path, what);
}

/* Sets `*offset` to that of the end record, the last one of the file. */
static rn_status find_end(const reader *r, uint64_t *offset)
{
    uint64_t size = r->map->size;
    if (size < END_LENGTH)
        return fail(r, "it is too short");
    uint64_t last = size - END_LENGTH, first = last > MAX_COMMENT ? last - MAX_COMMENT : 0;
    for (uint64_t at = last + 1; at-- > first;)
        if (find_record(r, at, END_SIGNATURE, END_LENGTH)) {
            *offset = at;
            return RN_OK;
        }
    return fail(r, "it has no directory at its end");
}

typedef struct directory {
    uint64_t offset, size, n_entries;
} directory;

static rn_status find_directory(const reader *r, directory *d)
{
    uint64_t at = 0;
    rn_status status = find_end(r, &at);
    if (status)
        return status;
    const uint8_t *end = r->map->data + at, *end64 = NULL;
    const uint8_t *locator = at >= LOCATOR_LENGTH ? find_record(r, at - LOCATOR_LENGTH,
                                                                LOCATOR_SIGNATURE, LOCATOR_LENGTH)
                                                  : NULL;
    *d = (directory){ number(end + 16, 4), number(end + 12, 4), number(end + 10, 2) };
    if (locator)
        end64 = find_record(r, number(locator + 8, 8), END64_SIGNATURE, END64_LENGTH);
    if (end64)
        *d = (directory){ number(end64 + 48, 8), number(end64 + 40, 8), number(end64 + 32, 8) };
    if (d->offset > r->map->size || d->size > r->map->size - d->offset)
        return fail(r, "its directory leaves the file");
    if (d->n_entries > d->size / ENTRY_LENGTH)
        return fail(r, "its directory is too short for its entries");
    return RN_OK;
}

/* The numbers of an entry. */
typedef struct numbers {
    uint64_t size, packed, offset;
} numbers;

/* Takes those that do not fit in 32 bits from the extra field, where they stand in this order. */
static bool read_zip64(const uint8_t *field, uint64_t length, numbers *n)
{
    uint64_t *const wide[] = { &n->size, &n->packed, &n->offset };
    for (int i = 0; i < 3; i++) {
        if (*wide[i] != IN_ZIP64)
            continue;
        if (length < 8)
            return false;
        *wide[i] = number(field, 8);
        field += 8;
        length -= 8;
    }
    return true;
}

static bool read_extra(const uint8_t *extra, uint64_t length, numbers *n)
{
    while (length >= 4) {
        uint64_t id = number(extra, 2), field = number(extra + 2, 2);
        if (field > length - 4)
            return false;
        if (id == EXTRA_ZIP64)
            return read_zip64(extra + 4, field, n);
        extra += 4 + field;
        length -= 4 + field;
    }
    return true;
}

/* Behind its local header, whose variable parts have lengths of their own. */
static rn_status find_data(const reader *r, const numbers *n, rn_zip_entry *entry)
{
    const uint8_t *local = find_record(r, n->offset, LOCAL_SIGNATURE, LOCAL_LENGTH);
    if (!local)
        return fail(r, "an entry is not where its directory says");
    uint64_t header = LOCAL_LENGTH + number(local + 26, 2) + number(local + 28, 2);
    uint64_t rest = r->map->size - n->offset;
    if (header > rest || n->size > rest - header)
        return fail(r, "an entry leaves the file");
    entry->data = local + header;
    return RN_OK;
}

/* Reads the entry whose record is at `at`, and moves `*at` behind it. */
static rn_status read_entry(const reader *r, uint64_t end, uint64_t *at, rn_zip_entry *entry)
{
    const uint8_t *record = find_record(r, *at, ENTRY_SIGNATURE, ENTRY_LENGTH);
    if (!record || end - *at < ENTRY_LENGTH)
        return fail(r, "its directory has fewer entries than it says");
    uint64_t name = number(record + 28, 2), extra = number(record + 30, 2);
    uint64_t length = ENTRY_LENGTH + name + extra + number(record + 32, 2);
    numbers n = { number(record + 24, 4), number(record + 20, 4), number(record + 42, 4) };
    if (length > end - *at || !read_extra(record + ENTRY_LENGTH + name, extra, &n))
        return fail(r, "an entry leaves its directory");
    *at += length;
    *entry = (rn_zip_entry){ .name = (const char *)record + ENTRY_LENGTH,
                             .name_length = name,
                             .size = n.size };
    bool is_stored = number(record + 10, 2) == 0 && n.packed == n.size;
    bool is_encrypted = number(record + 8, 2) & ENCRYPTED;
    return is_stored && !is_encrypted ? find_data(r, &n, entry) : RN_OK;
}

rn_status rn_zip_read(const rn_map *map, const char *path, rn_pool *pool, rn_zip *zip)
{
    const reader r = { map, path };
    directory d;
    rn_status status = find_directory(&r, &d);
    if (status)
        return status;
    uint64_t at = d.offset;
    *zip = (rn_zip){ rn_pool_take_array(pool, (size_t)d.n_entries, sizeof *zip->entries),
                     d.n_entries };
    if (!zip->entries)
        return rn_fail(RN_E_NOMEM, "%s: no memory for %" PRIu64 " entries", path, d.n_entries);
    for (uint64_t i = 0; i < d.n_entries && !status; i++)
        status = read_entry(&r, d.offset + d.size, &at, &zip->entries[i]);
    return status;
}
