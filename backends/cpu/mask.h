/* mask.h: reads and writes masks (RN_BIT or RN_U8) in host memory. */
#ifndef BACKENDS_CPU_MASK_H
#define BACKENDS_CPU_MASK_H

#include <resnet/tensor.h>
#include <stdbool.h>

#include "base/shape.h"

/* The mask of one plane. In RN_BIT, the first element is the lowest bit of the first byte. */
typedef struct mask_plane {
    uint8_t *bytes;
    bool is_bits;
} mask_plane;

/* The number of bytes from one plane to the next. */
static inline int64_t mask_plane_bytes(const rn_tensor_desc *mask)
{
    int64_t size = shape_plane_size(mask);
    return mask->dtype == RN_BIT ? (size + 7) / 8 : size;
}

static inline mask_plane mask_plane_at(const rn_tensor_desc *mask, void *memory, int64_t plane)
{
    return (mask_plane){ (uint8_t *)memory + plane * mask_plane_bytes(mask),
                         mask->dtype == RN_BIT };
}

static inline bool mask_get(mask_plane m, int64_t i)
{
    return m.is_bits ? (m.bytes[i / 8] >> (i % 8)) & 1 : m.bytes[i] != 0;
}

/* Writes element i. Write a plane in order from 0; its bytes then need no clearing. */
static inline void mask_put(mask_plane m, int64_t i, bool keep)
{
    if (!m.is_bits)
        m.bytes[i] = keep;
    else if (i % 8 == 0)
        m.bytes[i / 8] = keep;
    else
        m.bytes[i / 8] = (uint8_t)(m.bytes[i / 8] | (keep << (i % 8)));
}

#endif
