/* test_fuzz_cache.c: broken files of caches are opened and read, or refused. */
#define _GNU_SOURCE /* memfd_create */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/status.h"
#include "data/cache.h"
#include "fuzz/fuzz.h"

const char *const rn_fuzz_corpus = "tests/fuzz/corpus/cache";

/* Corrects what else would hide all that is checked after it. */
static void correct(uint8_t *file, size_t size)
{
    rn_cache_header header;
    if (size < sizeof header)
        return;
    memcpy(&header, file, sizeof header);
    header.size = size;
    if (header.count < size && header.key_size < size && rn_cache_pixels_at(&header) <= size)
        header.checksum = rn_cache_checksum(file, &header);
    memcpy(file, &header, sizeof header);
    if (rn_cache_pixels_at(&header) <= size && header.count < size)
        header.checksum = rn_cache_checksum(file, &header);
    memcpy(file, &header, sizeof header);
}

/* Whether all pictures are there, or fail for a reason. */
static bool read_all(const rn_cache *cache)
{
    volatile unsigned sum = (unsigned)strlen(cache->key);
    (void)sum;
    for (uint64_t i = 0; i < cache->header.count; i++) {
        rn_picture picture = { 0 };
        rn_cache_read_ahead(cache, (int64_t)i);
        rn_status status = rn_cache_read(cache, (int64_t)i, &picture);
        if (status && status != RN_E_DATA)
            return false;
        for (size_t k = 0; !status && k < rn_picture_count(&picture); k += 61)
            sum += picture.bytes[k];
        rn_fail_clear();
    }
    return true;
}

int rn_fuzz_one(const uint8_t *data, size_t size)
{
    static int fd = -1;
    uint8_t *file = NULL;
    rn_map map = { .data = NULL };
    rn_cache cache = { .key = NULL };
    if (fd < 0)
        fd = memfd_create("input", MFD_CLOEXEC);
    if (size == 0)
        return 0;
    if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 1;
    file = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (file == MAP_FAILED)
        return 1;
    if (data[size / 2] & 1)
        correct(file, size);
    munmap(file, size);
    if (rn_map_open_fd(fd, size, "input", &map))
        return 1;
    rn_status status = rn_cache_open(map, &cache);
    bool right = status ? status == RN_E_DATA : read_all(&cache);
    rn_map_close(&map);
    rn_fail_clear();
    return !right;
}
