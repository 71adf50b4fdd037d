/* packed.h: the contents of a file that may be packed with gzip, from front to back. */
#ifndef RN_CORE_IO_PACKED_H
#define RN_CORE_IO_PACKED_H

#include <resnet/status.h>
#include <stdint.h>

typedef struct rn_packed rn_packed;

/* Opens a file, which is packed if it begins as gzip files do. `path` outlives the object. */
rn_status rn_packed_open(const char *path, rn_packed **out);

/* Reads up to `size` bytes of contents; `*got` is less only at the end of the file. There the
 * checksum and the length have been compared. RN_E_DATA where gzip data is cut off, damaged, or
 * followed by something else. */
rn_status rn_packed_read(rn_packed *packed, uint8_t *to, uint64_t size, uint64_t *got);

/* NULL is fine. */
void rn_packed_close(rn_packed *packed);

#endif
