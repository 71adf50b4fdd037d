/* mask_bytes.h: masks as one byte per element, as vectorised loops read and write them. */
#ifndef RN_BACKENDS_CPU_BLAS_MASK_BYTES_H
#define RN_BACKENDS_CPU_BLAS_MASK_BYTES_H

#include <string.h>

#include "cpu_blas/cpu_blas.h"

/* Elements processed at a time: a multiple of 8, and few enough that the operands stay in the
 * first-level cache. */
#define MASK_CHUNK 1024

/* Byte l of eight in memory has only bit l set; and the factor that moves eight bytes of 0 or 1 to
 * the bits of the product's highest byte. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define MASK_BITS UINT64_C(0x0102040810204080)
#define MASK_FACTOR UINT64_C(0x8040201008040201)
#else
#define MASK_BITS UINT64_C(0x8040201008040201)
#define MASK_FACTOR UINT64_C(0x0102040810204080)
#endif

/* Writes elements [at, at + count); `at` is a multiple of 8, each byte of `keep` 0 or 1. */
static inline void mask_bytes_put(mask_plane m, int64_t at, const uint8_t *keep, int64_t count)
{
    if (!m.is_bits) {
        memcpy(m.bytes + at, keep, (size_t)count);
        return;
    }
    int64_t i = 0;
    for (; i + 8 <= count; i += 8) {
        uint64_t eight;
        memcpy(&eight, keep + i, sizeof eight);
        m.bytes[(at + i) / 8] = (uint8_t)(eight * MASK_FACTOR >> 56);
    }
    for (; i < count; i++)
        mask_put(m, at + i, keep[i]);
}

/* Reads elements [at, at + count): 0 where not kept. Without a mask (bytes NULL) everything is
 * kept. */
static inline void mask_bytes_get(mask_plane m, int64_t at, uint8_t *keep, int64_t count)
{
    int64_t i = 0;
    if (!m.bytes) {
        memset(keep, 1, (size_t)count);
        return;
    }
    if (!m.is_bits) {
        memcpy(keep, m.bytes + at, (size_t)count);
        return;
    }
    for (; i + 8 <= count; i += 8) {
        uint64_t eight = m.bytes[(at + i) / 8] * UINT64_C(0x0101010101010101) & MASK_BITS;
        memcpy(keep + i, &eight, sizeof eight);
    }
    for (; i < count; i++)
        keep[i] = mask_get(m, at + i);
}

#endif
