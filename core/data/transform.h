/* transform.h: from the bytes of an image to the floats that a network takes: resized and
 * normalised. */
#ifndef RN_CORE_DATA_TRANSFORM_H
#define RN_CORE_DATA_TRANSFORM_H

#include <resnet/status.h>
#include <stdint.h>

typedef struct rn_transform rn_transform;

typedef struct rn_transform_params {
    int64_t channels;
    int64_t from_height, from_width;
    int64_t to_height, to_width;
    const double *mean, *std; /* of values in [0,1]; `n_mean` and `n_std` of them: 1 or channels */
    int64_t n_mean, n_std;
} rn_transform_params;

/* The values are those of PyTorch's ToTensor and Normalize: (byte / 255 - mean) / std, in float. */
rn_status rn_transform_create(const rn_transform_params *params, rn_transform **out);

/* One image, (channels, height, width) on both sides. Serial per transform. */
void rn_transform_image(rn_transform *transform, const uint8_t *from, float *to);
void rn_transform_destroy(rn_transform *transform);

#endif
