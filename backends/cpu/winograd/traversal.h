/* traversal.h: transforms the tiles of an item between images and matrices. */
#ifndef BACKENDS_CPU_WINOGRAD_TRAVERSAL_H
#define BACKENDS_CPU_WINOGRAD_TRAVERSAL_H

#include "cpu/winograd/geometry.h"

/* LANES channels of an item, whose tiles are transformed. */
typedef struct winograd_traversal {
    const winograd_geometry *g;
    const winograd_image *image;
    const items_item *item;
    int64_t channel;
    float *band;   /* winograd_band_floats; cleared once, before the first use with this image */
    float *points; /* of the item's first tile and these channels */
    int64_t plane; /* from one point to the next */
    const winograd_call *call; /* output: bias, z and relu */
} winograd_traversal;

void winograd_transform_input(const winograd_traversal *traversal);
void winograd_transform_output_gradient(const winograd_traversal *traversal);

/* Adds the bias and z; in blocked images also applies relu. */
void winograd_transform_output(const winograd_traversal *traversal);

#endif
