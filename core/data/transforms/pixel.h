/* pixel.h: Pillow's arithmetic of one pixel, which the operations on colours share. */
#ifndef RN_CORE_DATA_TRANSFORMS_PIXEL_H
#define RN_CORE_DATA_TRANSFORMS_PIXEL_H

#include <stdint.h>

/* The grey of an RGB pixel, as convert("L"): ITU-R 601-2 in 16-bit fixed point. */
static inline uint8_t rn_pixel_luma(const uint8_t *rgb)
{
    return (uint8_t)((rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16);
}

/* Image.blend: from `a` at share 0 through `b` at share 1 and beyond. It does not round. */
static inline uint8_t rn_pixel_blend(int a, int b, float share)
{
    float value = (float)a + share * (float)(b - a);
    value = value < 0 ? 0 : value;
    return (uint8_t)(value > 255 ? 255 : value);
}

/* Blends `count` bytes: b becomes the blend of a and b. They do not overlap. */
void rn_pixel_blend_row(const uint8_t *restrict a, uint8_t *restrict b, int64_t count, float share);

#endif
