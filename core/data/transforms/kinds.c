/* kinds.c: the table of transforms. */
#include "data/transforms/kind.h"

const rn_transform_kind *const rn_transform_kinds[] = {
    &rn_transform_resize,
    &rn_transform_center_crop,
    &rn_transform_color_jitter,
    &rn_transform_grayscale,
    &rn_transform_trivial_augment,
    &rn_transform_rand_augment,
    &rn_transform_normalise,
    &rn_transform_mixup,
    &rn_transform_cutmix,
    NULL,
};
