/* augment_ops.h: the operations that torchvision's TrivialAugmentWide and RandAugment choose from,
 * and how strong each is. */
#ifndef RN_CORE_DATA_TRANSFORMS_AUGMENT_OPS_H
#define RN_CORE_DATA_TRANSFORMS_AUGMENT_OPS_H

#include <stdbool.h>

#include "data/draw.h"
#include "data/picture.h"

/* In torchvision's order, so that its numbers and ours mean the same. */
typedef enum rn_augment_op {
    RN_AUGMENT_IDENTITY,
    RN_AUGMENT_SHEAR_X,
    RN_AUGMENT_SHEAR_Y,
    RN_AUGMENT_TRANSLATE_X,
    RN_AUGMENT_TRANSLATE_Y,
    RN_AUGMENT_ROTATE,
    RN_AUGMENT_BRIGHTNESS,
    RN_AUGMENT_COLOR,
    RN_AUGMENT_CONTRAST,
    RN_AUGMENT_SHARPNESS,
    RN_AUGMENT_POSTERIZE,
    RN_AUGMENT_SOLARIZE,
    RN_AUGMENT_AUTOCONTRAST,
    RN_AUGMENT_EQUALIZE,
    RN_AUGMENT_OPS
} rn_augment_op;

/* Magnitudes are numbered from 0 to RN_AUGMENT_BINS - 1. */
#define RN_AUGMENT_BINS 31

typedef enum rn_augment_space {
    RN_AUGMENT_RAND, /* RandAugment's */
    RN_AUGMENT_WIDE  /* TrivialAugmentWide's */
} rn_augment_space;

/* What a bin means for a picture of this size: a shear, pixels, degrees, a difference of the factor
 * from 1, bits, a threshold; 0 where the operation has no strength. */
double rn_augment_magnitude(rn_augment_space space, rn_augment_op op, int64_t bin, rn_size size);

/* Draws an operation. */
rn_augment_op rn_augment_draw(rn_draw *draw);

/* Draws the sign, for an operation that has two directions: 1 or -1. */
int rn_augment_draw_sign(rn_draw *draw, rn_augment_op op);

/* Whether a pixel of the result depends on that pixel alone. Other operations want the picture's
 * window to be all of it. */
bool rn_augment_is_pointwise(rn_augment_op op);

/* Runs the operation on a picture of bytes, grey or RGB. Uses and may exchange the memory of
 * `spare`. RN_E_NOMEM. */
rn_status rn_augment_run(rn_augment_op op, double magnitude, rn_picture *picture,
                         rn_picture *spare);

#endif
