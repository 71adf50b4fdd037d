/* affine_ops.h: moves the pixels of a picture, byte for byte as torchvision does on Pillow with the
 * nearest pixel; what comes from outside is black. The picture is grey or RGB, its window is all of
 * it, and it keeps its size. The memory of `spare` is used and exchanged. RN_E_NOMEM. */
#ifndef RN_CORE_DATA_TRANSFORMS_AFFINE_OPS_H
#define RN_CORE_DATA_TRANSFORMS_AFFINE_OPS_H

#include "data/picture.h"

/* Moves each row to the left by `x` of its distance from the top, and each column up by `y` of its
 * distance from the left. One of them is 0. */
rn_status rn_affine_shear(rn_picture *picture, rn_picture *spare, double x, double y);

/* Moves right and down, by whole pixels. */
rn_status rn_affine_translate(rn_picture *picture, rn_picture *spare, int64_t x, int64_t y);

/* Turns counterclockwise around the middle. */
rn_status rn_affine_rotate(rn_picture *picture, rn_picture *spare, double degrees);

#endif
