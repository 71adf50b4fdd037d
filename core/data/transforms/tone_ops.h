/* tone_ops.h: operations that map the bytes of each channel by a table, byte for byte as Pillow's
 * ImageEnhance and ImageOps. They work in place on pictures of bytes, grey or RGB. Those that first
 * look at all of a picture want its window to be all of it. */
#ifndef RN_CORE_DATA_TRANSFORMS_TONE_OPS_H
#define RN_CORE_DATA_TRANSFORMS_TONE_OPS_H

#include "data/picture.h"

/* 0: black, 1: as it was. */
void rn_tone_brightness(rn_picture *picture, double factor);

/* 0: the mean grey, 1: as it was. Looks at all of the picture. */
void rn_tone_contrast(rn_picture *picture, double factor);

/* Keeps the highest `bits` of 8. */
void rn_tone_posterize(rn_picture *picture, int bits);

/* Inverts bytes that are not below the threshold. */
void rn_tone_solarize(rn_picture *picture, double threshold);

/* Stretches each channel to 0…255. Looks at all of the picture. */
void rn_tone_autocontrast(rn_picture *picture);

/* Makes each channel's histogram as flat as it can be. Looks at all of the picture. */
void rn_tone_equalize(rn_picture *picture);

#endif
