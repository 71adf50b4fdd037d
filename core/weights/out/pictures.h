/* pictures.h: what a cfg does to a picture before the network sees it, as the settings that timm
 * and transformers have for it. */
#ifndef RN_CORE_WEIGHTS_OUT_PICTURES_H
#define RN_CORE_WEIGHTS_OUT_PICTURES_H

#include <jansson.h>

#include "config/config.h"

#define RN_PICTURES_MAX_CHANNELS 4

typedef struct rn_pictures {
    int64_t channels, height, width; /* of the network's input */
    int64_t resize;                  /* the shorter side before the centre is cropped; 0: both sides
                                      * become the input's */
    char interpolation[16];          /* "bilinear" */
    double mean[RN_PICTURES_MAX_CHANNELS], std[RN_PICTURES_MAX_CHANNELS]; /* channels of each */
} rn_pictures;

/* Reads the list of transforms for validation. RN_E_CONFIG where it is wrong, RN_E_DATA where the
 * input has more channels than pictures have. Logs a warning where the list has steps that have no
 * such setting. */
rn_status rn_pictures_read(const rn_config *config, rn_pictures *pictures);

/* The mean or the deviations of the channels as a JSON array. NULL: no memory. */
json_t *rn_pictures_json(const double *values, int64_t channels);

#endif
