/* mask_bytes.h: masks as one byte an element, which is how the vectorised loops write and read them. */
#ifndef RN_BACKENDS_CPU_BLAS_MASK_BYTES_H
#define RN_BACKENDS_CPU_BLAS_MASK_BYTES_H

#include <string.h>

#include "cpu_blas/cpu_blas.h"

/* Elements that are done at a time: a multiple of 8 whose operands stay in the first-level cache. */
#define MASK_CHUNK 1024

/* Writes elements [at, at + count); `at` is a multiple of 8, each byte of `keep` 0 or 1. */
static inline void mask_bytes_put(mask_plane m, int64_t at, const uint8_t *keep, int64_t count)
{
    if (!m.is_bits) {
        memcpy(m.bytes + at, keep, (size_t)count);
        return;
    }
    int64_t i = 0;
    for (; i + 8 <= count; i += 8) {
        /* Each byte times its own power of two lands in the highest byte of the product. */
        uint64_t eight = 0;
        for (int l = 0; l < 8; l++)
            eight |= (uint64_t)keep[i + l] << (8 * l);
        m.bytes[(at + i) / 8] = (uint8_t)(eight * 0x0102040810204080u >> 56);
    }
    for (; i < count; i++)
        mask_put(m, at + i, keep[i]);
}

/* Reads elements [at, at + count); a mask that is absent (bytes NULL) keeps everything. */
static inline void mask_bytes_get(mask_plane m, int64_t at, uint8_t *keep, int64_t count)
{
    int64_t i = 0;
    if (!m.bytes)
        memset(keep, 1, (size_t)count);
    else if (!m.is_bits)
        memcpy(keep, m.bytes + at, (size_t)count);
    else
        for (i = 0; i + 8 <= count; i += 8) {
            uint8_t byte = m.bytes[(at + i) / 8];
            for (int l = 0; l < 8; l++)
                keep[i + l] = (byte >> l) & 1;
        }
    if (m.bytes && m.is_bits)
        for (; i < count; i++)
            keep[i] = mask_get(m, at + i);
}

#endif
