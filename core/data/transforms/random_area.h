/* random_area.h: rectangles of random area and ratio, which random_resized_crop and random_erasing
 * both draw. */
#ifndef RN_CORE_DATA_TRANSFORMS_RANDOM_AREA_H
#define RN_CORE_DATA_TRANSFORMS_RANDOM_AREA_H

#include <stdbool.h>

#include "data/draw.h"
#include "data/transforms/kind.h"

typedef struct rn_random_area {
    double share[2]; /* of the picture's area: uniform between these */
    double ratio[2]; /* of the sides: its logarithm is uniform */
} rn_random_area;

/* Reads the two arrays, least value first. */
rn_status rn_random_area_read(const rn_transform_site *site, const rn_transform_array arrays[2],
                              rn_random_area *area);

/* Draws a share and a ratio, and computes the sides; the ratio is numerator / denominator. */
void rn_random_area_draw(const rn_random_area *area, rn_draw *draw, rn_size picture,
                         int64_t *numerator, int64_t *denominator);

/* A random place of a rectangle that fits into the picture. */
rn_window rn_random_area_place(rn_draw *draw, rn_size picture, rn_size rectangle);

#endif
