/* resize.h: bilinear resizing of 8-bit images, byte for byte as Pillow's
 * Image.resize(…, BILINEAR): a triangle filter that is widened when shrinking (antialiasing), in
 * 22-bit fixed point, in two passes. */
#ifndef RN_CORE_DATA_RESIZE_H
#define RN_CORE_DATA_RESIZE_H

#include <resnet/status.h>
#include <stdint.h>

typedef struct rn_resize rn_resize;

/* Computes the filter weights for one pair of sizes. */
rn_status rn_resize_create(int64_t from_height, int64_t from_width, int64_t to_height,
                           int64_t to_width, rn_resize **out);

/* Resizes one channel. `scratch` has from_height * to_width bytes. [any] */
void rn_resize_plane(const rn_resize *resize, const uint8_t *from, uint8_t *to, uint8_t *scratch);
void rn_resize_destroy(rn_resize *resize);

#endif
