/* resample.h: resizing of 8-bit pictures, byte for byte as the Image.resize of Pillow 13: filters
 * that are widened when shrinking (antialiasing), in fixed point, along rows and along columns. */
#ifndef RN_CORE_DATA_RESAMPLE_H
#define RN_CORE_DATA_RESAMPLE_H

#include <stdbool.h>

#include "data/picture.h"

typedef enum rn_filter {
    RN_FILTER_NEAREST = 1,
    RN_FILTER_BOX,
    RN_FILTER_BILINEAR, /* a triangle */
    RN_FILTER_BICUBIC   /* Keys 1981, a = -0.5 */
} rn_filter;

/* Longest side of a picture. */
#define RN_RESAMPLE_MAX_SIDE (1 << 20)

typedef struct rn_resample {
    rn_filter filter;
    bool antialias;   /* else the filter is as wide as when enlarging */
    rn_window source; /* the part of the picture that is taken for all of it */
    rn_size to;       /* the size that the source becomes */
} rn_resample;

/* The part of the picture that the part `wanted` of the output is made of. */
rn_window rn_resample_needs(const rn_resample *resample, rn_window wanted);

/* Makes the part `wanted` of the output from a picture that has at least what it needs. In one
 * that was shrunk by the decoder the source's place is rounded to a fraction of a pixel. RN_E_DATA:
 * sides that are too long. */
rn_status rn_resample_run(const rn_resample *resample, rn_window wanted, const rn_picture *from,
                          rn_picture *to);

#endif
