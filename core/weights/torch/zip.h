/* zip.h: the entries of a zip archive that is mapped into memory. */
#ifndef RN_CORE_WEIGHTS_TORCH_ZIP_H
#define RN_CORE_WEIGHTS_TORCH_ZIP_H

#include <stdbool.h>

#include "base/pool.h"
#include "io/map.h"

typedef struct rn_zip_entry {
    const char *name; /* in the map; no 0 ends it */
    uint64_t name_length;
    const uint8_t *data; /* NULL: it is compressed or encrypted */
    uint64_t size;
} rn_zip_entry;

typedef struct rn_zip {
    rn_zip_entry *entries; /* in the pool, in the order of the directory */
    uint64_t n_entries;
} rn_zip;

/* Reads the directory at the archive's end, and checks it: each entry lies in the file. Archives
 * beyond 4 GiB (ZIP64) are read, too. RN_E_DATA says what is wrong; RN_E_NOMEM if the entries do not
 * fit in the pool. */
rn_status rn_zip_read(const rn_map *map, const char *path, rn_pool *pool, rn_zip *zip);

#endif
