/* jpeg.h: JPEGs by libjpeg-turbo: whole ones, parts, and smaller by its scaled transforms. */
#ifndef RN_CORE_DATA_DECODE_JPEG_H
#define RN_CORE_DATA_DECODE_JPEG_H

#include <stdbool.h>

#include "data/picture.h"

/* One thread's. */
typedef struct rn_jpeg rn_jpeg;

/* `fast`: transforms are coarser, and chroma is not interpolated: a photograph that takes 0.40 ms
 * takes 0.33 ms. */
rn_status rn_jpeg_create(bool fast, rn_jpeg **out);
void rn_jpeg_destroy(rn_jpeg *jpeg);

/* Reads the header of a file, which must stay valid until rn_jpeg_pixels. */
rn_status rn_jpeg_header(rn_jpeg *jpeg, const uint8_t *file, size_t size, rn_size *pixels);

/* Decodes at least `wanted`, in pixels of the file, `shrink` times smaller. Makes `channels` (1 or
 * 3) from a grey file, else 3. */
rn_status rn_jpeg_pixels(rn_jpeg *jpeg, rn_window wanted, int32_t shrink, int64_t channels,
                         rn_picture *picture);

#endif
