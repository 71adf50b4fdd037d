/* crop.h: a rectangle cut out of a picture, which may reach beyond its borders. */
#ifndef RN_CORE_DATA_TRANSFORMS_CROP_H
#define RN_CORE_DATA_TRANSFORMS_CROP_H

#include "data/picture.h"

/* What lies beyond the border. */
typedef enum rn_border {
    RN_BORDER_ZERO = 1,
    RN_BORDER_EDGE,   /* the nearest pixel */
    RN_BORDER_REFLECT /* the picture mirrored at its outermost pixels */
} rn_border;

typedef struct rn_crop {
    rn_window window; /* of the picture; becomes all of the result */
    rn_border border;
} rn_crop;

/* The part of a picture of size `from` that the part `wanted` of the result is made of. */
rn_window rn_crop_needs(const rn_crop *crop, rn_size from, rn_window wanted);

/* Makes the part `wanted` of the result. */
rn_status rn_crop_run(const rn_crop *crop, rn_window wanted, const rn_picture *from,
                      rn_picture *to);

#endif
