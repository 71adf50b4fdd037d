/* sharpen.h: sharpness, byte for byte as Pillow's ImageEnhance.Sharpness. */
#ifndef RN_CORE_DATA_TRANSFORMS_SHARPEN_H
#define RN_CORE_DATA_TRANSFORMS_SHARPEN_H

#include "data/picture.h"

/* 0: smoothed, 1: as it was, 2: sharpened. The window is all of the picture; `spare` is scratch.
 * RN_E_NOMEM. */
rn_status rn_picture_sharpen(rn_picture *picture, rn_picture *spare, double factor);

#endif
