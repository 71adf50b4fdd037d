/* png.h: PNGs by libpng, always whole. */
#ifndef RN_CORE_DATA_DECODE_PNG_H
#define RN_CORE_DATA_DECODE_PNG_H

#include "data/picture.h"

/* Reads the size of a file that begins as a PNG. */
rn_status rn_png_header(const uint8_t *file, size_t size, rn_size *pixels);

/* Decodes a file of `full` pixels. Makes `channels` (1 or 3) from a grey file, else 3. */
rn_status rn_png_pixels(const uint8_t *file, size_t size, rn_size full, int64_t channels,
                        rn_picture *picture);

#endif
