/* cache.c: reads a cache of pictures, and checks it first. */
#include "data/cache.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/status.h"

uint64_t rn_cache_entries_at(const rn_cache_header *header)
{
    return rn_cache_align(sizeof *header + header->key_size);
}

uint64_t rn_cache_pixels_at(const rn_cache_header *header)
{
    return rn_cache_align(rn_cache_entries_at(header) + header->count * sizeof(rn_cache_entry));
}

uint32_t rn_cache_checksum(const uint8_t *file, const rn_cache_header *header)
{
    size_t from = offsetof(rn_cache_header, count);
    return (uint32_t)crc32_z(0, file + from, (size_t)rn_cache_pixels_at(header) - from);
}

bool rn_cache_is_one(const rn_map *map)
{
    return map->size >= sizeof RN_CACHE_MAGIC &&
           memcmp(map->data, RN_CACHE_MAGIC, sizeof RN_CACHE_MAGIC) == 0;
}

static rn_status check_header(const rn_map *map, const rn_cache_header *header)
{
    if (!rn_cache_is_one(map))
        return rn_fail(RN_E_DATA, "it is not a cache of pictures");
    if (map->size < sizeof *header)
        return rn_fail(RN_E_DATA, "it is truncated: %" PRIu64 " bytes", map->size);
    if (header->version != RN_CACHE_VERSION)
        return rn_fail(RN_E_DATA, "it is of version %" PRIu32 ", expected %d", header->version,
                       RN_CACHE_VERSION);
    if (header->size != map->size)
        return rn_fail(RN_E_DATA, "it has %" PRIu64 " bytes, expected %" PRIu64, map->size,
                       header->size);
    if (header->key_size < 1 || header->count > map->size / sizeof(rn_cache_entry) ||
        rn_cache_pixels_at(header) > map->size || header->channels < 1)
        return rn_fail(RN_E_DATA, "its header is damaged");
    if (rn_cache_checksum(map->data, header) != header->checksum)
        return rn_fail(RN_E_DATA, "its index is damaged");
    return RN_OK;
}

static uint64_t entry_bytes(const rn_cache_header *header, const rn_cache_entry *entry)
{
    uint64_t bytes;
    if (entry->state == RN_CACHE_FAILURE)
        return entry->length;
    return __builtin_mul_overflow((uint64_t)entry->height * entry->width, header->channels, &bytes)
               ? UINT64_MAX
               : bytes;
}

static bool is_entry(const rn_cache_header *header, const rn_cache_entry *entry)
{
    bool is_picture = entry->state == RN_CACHE_PICTURE && entry->height > 0 && entry->width > 0;
    return (is_picture || entry->state == RN_CACHE_FAILURE) &&
           entry->offset >= rn_cache_pixels_at(header) && entry->offset <= header->size &&
           entry->offset == rn_cache_align(entry->offset) &&
           entry_bytes(header, entry) <= header->size - entry->offset;
}

rn_status rn_cache_open(rn_map map, rn_cache *cache)
{
    rn_cache_header header = { .count = 0 };
    memcpy(&header, map.data, map.size < sizeof header ? (size_t)map.size : sizeof header);
    rn_status status = check_header(&map, &header);
    if (status)
        return status;
    const char *key = (const char *)map.data + sizeof header;
    const rn_cache_entry *entries =
        (const rn_cache_entry *)(const void *)(map.data + rn_cache_entries_at(&header));
    if (key[header.key_size - 1])
        return rn_fail(RN_E_DATA, "its key is damaged");
    for (uint64_t i = 0; i < header.count; i++)
        if (!is_entry(&header, &entries[i]))
            return rn_fail(RN_E_DATA, "its entry %" PRIu64 " is damaged", i);
    *cache = (rn_cache){ .map = map, .header = header, .key = key, .entries = entries };
    return RN_OK;
}

rn_status rn_cache_read(const rn_cache *cache, int64_t index, rn_picture *picture)
{
    const rn_cache_entry *entry = &cache->entries[index];
    const uint8_t *bytes = cache->map.data + entry->offset;
    const rn_size size = { entry->height, entry->width };
    if (entry->state == RN_CACHE_FAILURE)
        return rn_fail(RN_E_DATA, "%.*s", (int)entry->length, (const char *)bytes);
    *picture = (rn_picture){ .type = RN_PICTURE_U8,
                             .channels = cache->header.channels,
                             .full = size,
                             .window = rn_window_all(size),
                             .shrunk = 1,
                             .unshrunk = size,
                             .bytes = (uint8_t *)(uintptr_t)bytes };
    return RN_OK;
}

void rn_cache_read_ahead(const rn_cache *cache, int64_t index)
{
    const rn_cache_entry *entry = &cache->entries[index];
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), start = entry->offset / page * page;
    uint64_t end = entry->offset + entry_bytes(&cache->header, entry);
    madvise((void *)(uintptr_t)(cache->map.data + start), (size_t)(end - start), MADV_WILLNEED);
}

void rn_cache_close(rn_cache *cache)
{
    rn_map_close(&cache->map);
    *cache = (rn_cache){ .key = NULL };
}
