/* exif.h: how EXIF says that a picture is to be turned, and turning it. */
#ifndef RN_CORE_DATA_DECODE_EXIF_H
#define RN_CORE_DATA_DECODE_EXIF_H

#include "data/decode.h"

/* The orientation in a file, 1 to 8. 1 where there is none, or it is broken. */
int32_t rn_exif_orientation(rn_picture_format format, const uint8_t *file, size_t size);

/* Whether an orientation exchanges height and width. */
bool rn_exif_swaps(int32_t orientation);

/* Turns a whole picture of bytes, so that it is upright. */
rn_status rn_exif_turn(const rn_picture *from, int32_t orientation, rn_picture *to);

#endif
