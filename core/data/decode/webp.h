/* webp.h: WebP by libwebp, where it was there when this was built; always whole. */
#ifndef RN_CORE_DATA_DECODE_WEBP_H
#define RN_CORE_DATA_DECODE_WEBP_H

#include "data/picture.h"

/* Reads the size of a file that begins as a WebP. */
rn_status rn_webp_header(const uint8_t *file, size_t size, rn_size *pixels);

/* Decodes a file of `full` pixels to 3 channels. */
rn_status rn_webp_pixels(const uint8_t *file, size_t size, rn_size full, rn_picture *picture);

#endif
