/* idx_file.c: reads IDX files, plain or compressed with gzip. */
#include "data/sets/idx_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "io/packed.h"

#define IDX_UBYTE 0x08
/* Memory is allocated as data is read, so that a false header cannot request terabytes. */
#define FIRST_CHUNK_BYTES (1u << 20)

static rn_status read_header(const char *path, rn_packed *file, const int64_t *item_shape,
                             rn_idx *idx)
{
    uint8_t head[4 + 4 * RN_IDX_MAX_RANK] = { 0 };
    uint64_t got = 0;
    uint64_t size = 4 + 4 * (uint64_t)idx->rank;
    rn_status status = rn_packed_read(file, head, size, &got);
    if (status)
        return status;
    if (got >= 4 && (head[0] || head[1] || head[2] != IDX_UBYTE || head[3] != idx->rank))
        return rn_fail(RN_E_DATA,
                       "%s: not the expected IDX file: it starts with %02x %02x %02x %02x, "
                       "expected 00 00 08 %02x (bytes in %d dimensions)",
                       path, head[0], head[1], head[2], head[3], (unsigned)idx->rank, idx->rank);
    if (got < size)
        return rn_fail(RN_E_DATA, "%s: truncated: %" PRIu64 " bytes, expected a header of %" PRIu64,
                       path, got, size);
    for (int32_t i = 0; i < idx->rank; i++) {
        const uint8_t *b = head + 4 + 4 * i;
        idx->shape[i] =
            (int64_t)((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]);
        if (i > 0 && item_shape && idx->shape[i] != item_shape[i - 1])
            return rn_fail(RN_E_DATA, "%s: dimension %d is %" PRId64 ", expected %" PRId64, path,
                           i + 1, idx->shape[i], item_shape[i - 1]);
        if (i > 0 && idx->shape[i] == 0)
            return rn_fail(RN_E_DATA, "%s: dimension %d is 0, expected at least 1", path, i + 1);
    }
    if (idx->shape[0] == 0)
        return rn_fail(RN_E_DATA, "%s: it contains 0 items, expected at least 1", path);
    return RN_OK;
}

static rn_status read_items(const char *path, rn_packed *file, uint64_t size, rn_idx *idx)
{
    uint64_t have = 0, got = 0;
    while (have < size) {
        uint64_t capacity = have ? 2 * have : FIRST_CHUNK_BYTES;
        if (capacity > size)
            capacity = size;
        uint8_t *grown = capacity <= SIZE_MAX ? realloc(idx->data, (size_t)capacity) : NULL;
        if (!grown)
            return rn_fail(RN_E_NOMEM, "%s: not enough memory for its %" PRIu64 " bytes", path,
                           size);
        idx->data = grown;
        rn_status status = rn_packed_read(file, idx->data + have, capacity - have, &got);
        if (status)
            return status;
        have += got;
        if (have < capacity)
            return rn_fail(RN_E_DATA,
                           "%s: truncated: %" PRIu64 " bytes of data, expected %" PRIu64
                           " for %" PRId64 " items",
                           path, have, size, idx->kept);
    }
    return RN_OK;
}

/* Nothing may follow the data. Reading past the end also verifies a gzip file's checksum. */
static rn_status check_end(const char *path, rn_packed *file, uint64_t size, const rn_idx *idx)
{
    uint8_t extra;
    uint64_t got = 0;
    rn_status status = rn_packed_read(file, &extra, 1, &got);
    if (status || got == 0)
        return status;
    return rn_fail(RN_E_DATA,
                   "%s: too long: bytes follow the %" PRIu64
                   " of data that its header announces (%" PRId64 " items)",
                   path, size, idx->shape[0]);
}

static rn_status read_file(const char *path, rn_packed *file, const int64_t *item_shape,
                           int64_t limit, rn_idx *idx)
{
    rn_status status = read_header(path, file, item_shape, idx);
    if (status)
        return status;
    idx->kept = limit > 0 && limit < idx->shape[0] ? limit : idx->shape[0];
    uint64_t size = (uint64_t)idx->kept;
    for (int32_t i = 1; i < idx->rank; i++)
        if (__builtin_mul_overflow(size, (uint64_t)idx->shape[i], &size))
            return rn_fail(RN_E_DATA, "%s: its header announces more than 2^64 bytes", path);
    status = read_items(path, file, size, idx);
    if (status || idx->kept < idx->shape[0])
        return status;
    return check_end(path, file, size, idx);
}

rn_status rn_idx_read(const char *path, int32_t rank, const int64_t *item_shape, int64_t limit,
                      rn_idx *out)
{
    rn_packed *file = NULL;
    *out = (rn_idx){ .rank = rank };
    rn_status status = rn_packed_open(path, &file);
    if (status)
        return status;
    status = read_file(path, file, item_shape, limit, out);
    rn_packed_close(file);
    if (status)
        rn_idx_free(out);
    return status;
}

void rn_idx_free(rn_idx *idx)
{
    free(idx->data);
    idx->data = NULL;
}
