/* packed.h: sequential reading of a file that may be compressed with gzip. */
#ifndef RN_CORE_IO_PACKED_H
#define RN_CORE_IO_PACKED_H

#include <resnet/status.h>
#include <stdint.h>

typedef struct rn_packed rn_packed;

/* Opens a file, which counts as gzip if it begins with gzip's magic bytes. `path` must outlive the
 * object. */
rn_status rn_packed_open(const char *path, rn_packed **out);

/* Reads up to `size` bytes of contents; `*got` is less only at the end of the file, where checksum
 * and length have been verified. RN_E_DATA if the gzip data is truncated, damaged, or followed by
 * something else. */
rn_status rn_packed_read(rn_packed *packed, uint8_t *to, uint64_t size, uint64_t *got);

/* `packed` may be NULL. */
void rn_packed_close(rn_packed *packed);

#endif
