/* cache.h: pictures as bytes, as they are after decoding and the transforms that draw no random
 * numbers: in a file that is mapped into memory, which several runs share, or in memory alone.
 *
 * The file has a header, its key, an entry for each sample, and then at multiples of 64 the pixels
 * (height, width, channels), or the reason why a sample could not be read. Numbers are those of the
 * machine: a file of the other byte order is seen as one of another version. */
#ifndef RN_CORE_DATA_CACHE_H
#define RN_CORE_DATA_CACHE_H

#include <stdbool.h>

#include "data/picture.h"
#include "io/map.h"

#define RN_CACHE_MAGIC "RNCACHE"
#define RN_CACHE_VERSION 1

typedef struct rn_cache_header {
    char magic[8];
    uint32_t version;
    uint32_t checksum; /* of what follows, up to the pixels */
    uint64_t count;    /* of samples */
    uint64_t size;     /* of the file */
    uint32_t channels;
    uint32_t key_size; /* with the 0 at its end */
} rn_cache_header;

typedef enum rn_cache_state { RN_CACHE_PICTURE = 1, RN_CACHE_FAILURE = 2 } rn_cache_state;

typedef struct rn_cache_entry {
    uint64_t stamp;  /* of the sample: its name, and its file's size and date */
    uint64_t offset; /* of the pixels, or of the reason */
    uint32_t height, width;
    uint32_t state;  /* rn_cache_state */
    uint32_t length; /* of the reason */
} rn_cache_entry;

/* Zero-initialise. Read-only once opened: [any]. */
typedef struct rn_cache {
    rn_map map;
    rn_cache_header header;
    const char *key;
    const rn_cache_entry *entries;
} rn_cache;

/* Where pixels may begin: `offset`, or the next multiple of 64. */
static inline uint64_t rn_cache_align(uint64_t offset)
{
    return (offset + 63) / 64 * 64;
}

/* Where the entries, and the pixels, of a file begin. */
uint64_t rn_cache_entries_at(const rn_cache_header *header);
uint64_t rn_cache_pixels_at(const rn_cache_header *header);

/* The checksum of a file of at least rn_cache_pixels_at bytes. */
uint32_t rn_cache_checksum(const uint8_t *file, const rn_cache_header *header);

/* Whether a file is a cache of any version, damaged or not. */
bool rn_cache_is_one(const rn_map *map);

/* Checks all that a file says but its pixels; on success the cache owns the map. RN_E_DATA says
 * what is wrong; the caller adds the file's name. */
rn_status rn_cache_open(rn_map map, rn_cache *cache);

/* Makes `picture` the one of sample `index`, whose memory it borrows. RN_E_DATA: the sample could
 * not be read when the cache was made, for this reason. */
rn_status rn_cache_read(const rn_cache *cache, int64_t index, rn_picture *picture);

/* Tells the system that sample `index` will be read soon. */
void rn_cache_read_ahead(const rn_cache *cache, int64_t index);

void rn_cache_close(rn_cache *cache);

#endif
