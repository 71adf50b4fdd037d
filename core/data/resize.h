/* resize.h: bilinear resizing of 8-bit images, equal to Pillow's Image.resize(…, BILINEAR) byte
 * for byte: a triangle filter that widens when shrinking (antialias), 22-bit fixed point, two
 * passes. */
#ifndef RN_CORE_DATA_RESIZE_H
#define RN_CORE_DATA_RESIZE_H

#include <resnet/status.h>
#include <stdint.h>

typedef struct rn_resize rn_resize;

/* Tables for one pair of sizes. */
rn_status rn_resize_create(int64_t from_height, int64_t from_width, int64_t to_height,
                           int64_t to_width, rn_resize **out);

/* Resizes one plane. `scratch` holds from_height * to_width bytes. [any] */
void rn_resize_plane(const rn_resize *resize, const uint8_t *from, uint8_t *to, uint8_t *scratch);
void rn_resize_destroy(rn_resize *resize);

#endif
