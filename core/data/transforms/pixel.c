/* pixel.c: blends of many bytes. */
#include "data/transforms/pixel.h"

/* Bytes that are blended together: a constant that lets the compiler vectorise the loop. */
#define CHUNK 32

void rn_pixel_blend_row(const uint8_t *restrict a, uint8_t *restrict b, int64_t count, float share)
{
    int64_t i = 0;
    for (; i + CHUNK <= count; i += CHUNK)
        for (int k = 0; k < CHUNK; k++)
            b[i + k] = rn_pixel_blend(a[i + k], b[i + k], share);
    for (; i < count; i++)
        b[i] = rn_pixel_blend(a[i], b[i], share);
}
