/* transform.h: turns an image's bytes into the network's input: resized, normalised floats. */
#ifndef RN_CORE_DATA_TRANSFORM_H
#define RN_CORE_DATA_TRANSFORM_H

#include <resnet/status.h>
#include <stdint.h>

typedef struct rn_transform rn_transform;

typedef struct rn_transform_params {
    int64_t channels;
    int64_t from_height, from_width;
    int64_t to_height, to_width;
    const double *mean, *std; /* of values in [0,1] */
    int64_t n_mean, n_std;    /* one for all channels, or one per channel */
} rn_transform_params;

/* A transform is PyTorch's ToTensor and Normalize: (byte / 255 - mean) / std, in float. */
rn_status rn_transform_create(const rn_transform_params *params, rn_transform **out);

/* Transforms one image, (channels, height, width) in and out. One thread at a time per
 * transform. */
void rn_transform_image(rn_transform *transform, const uint8_t *from, float *to);
void rn_transform_destroy(rn_transform *transform);

#endif
