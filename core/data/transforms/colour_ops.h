/* colour_ops.h: operations on the colours of pixels, byte for byte as torchvision's on Pillow. They
 * work in place on pictures of bytes; grey ones stay as they are. */
#ifndef RN_CORE_DATA_TRANSFORMS_COLOUR_OPS_H
#define RN_CORE_DATA_TRANSFORMS_COLOUR_OPS_H

#include "data/picture.h"

/* Makes three equal channels. */
void rn_colour_grey(rn_picture *picture);

/* 0: grey, 1: as it was. */
void rn_colour_saturate(rn_picture *picture, double factor);

/* Turns the hue by this share of the circle, from -0.5 to 0.5. Colours pass through the bytes of
 * Pillow's HSV, so that 0 changes them a little, too. */
void rn_colour_turn_hue(rn_picture *picture, double turn);

#endif
