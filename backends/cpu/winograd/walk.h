/* walk.h: the transforms of the tiles of an item, between images and matrices. */
#ifndef BACKENDS_CPU_WINOGRAD_WALK_H
#define BACKENDS_CPU_WINOGRAD_WALK_H

#include "cpu/winograd/geometry.h"

/* Transforms LANES channels of an item. */
typedef struct winograd_walk {
    const winograd_geometry *g;
    const winograd_image *image;
    const items_item *item;
    int64_t channel;
    float *band;   /* winograd_band_floats; cleared once, before the first use with this image */
    float *points; /* of the item's first tile and these channels */
    int64_t plane; /* from one point to the next */
    const winograd_call *call; /* output: bias, z and relu */
} winograd_walk;

void winograd_walk_input(const winograd_walk *walk);
void winograd_walk_output_gradient(const winograd_walk *walk);

/* With bias, and of blocked images with z and relu. */
void winograd_walk_output(const winograd_walk *walk);

#endif
