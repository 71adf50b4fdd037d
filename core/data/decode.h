/* decode.h: pictures from files: JPEG, PNG, WebP, told by their first bytes. Pixels are those of
 * Pillow's convert("RGB"), or convert("L") for one channel. */
#ifndef RN_CORE_DATA_DECODE_H
#define RN_CORE_DATA_DECODE_H

#include <stdbool.h>

#include "data/picture.h"

typedef enum rn_picture_format {
    RN_FORMAT_JPEG = 1,
    RN_FORMAT_PNG,
    RN_FORMAT_WEBP
} rn_picture_format;

typedef struct rn_decode_options {
    int64_t channels;   /* wanted: 1 or 3 */
    int64_t max_pixels; /* larger pictures are refused */
    bool exif;          /* turn the picture as its EXIF orientation says */
    bool fast;          /* JPEG: may be off by more than 1 of 255 */
} rn_decode_options;

/* What the header says. */
typedef struct rn_picture_header {
    rn_picture_format format;
    rn_size size;        /* after `exif` */
    int32_t orientation; /* EXIF's, 1 to 8; 1 without `exif` */
} rn_picture_header;

/* One thread's decoder: keeps its memory between pictures. */
typedef struct rn_decoder rn_decoder;

rn_status rn_decoder_create(const rn_decode_options *options, rn_decoder **out);
void rn_decoder_destroy(rn_decoder *decoder);

/* Reads the header of a file in memory, which must stay valid until rn_decode_pixels. RN_E_DATA
 * says what is wrong, and at which byte: no picture, a format that was left out of this build,
 * broken, more than max_pixels. The caller adds the file's name. */
rn_status rn_decode_header(rn_decoder *decoder, const uint8_t *file, size_t size,
                           rn_picture_header *header);

/* Decodes at least `wanted` of the picture whose header was read last, once; picture->window says
 * what was decoded. What of it lies outside of `wanted` may differ from the whole picture. `shrink`
 * of 2, 4, 8, for JPEG only, makes the picture that many times smaller; `wanted` is in full pixels.
 * A file that ends early or has broken data is RN_E_DATA; with `fast` a JPEG's data below
 * `wanted` is not looked at, but for whether it ends. */
rn_status rn_decode_pixels(rn_decoder *decoder, rn_window wanted, int32_t shrink,
                           rn_picture *picture);

/* "JPEG" */
const char *rn_picture_format_name(rn_picture_format format);

#endif
