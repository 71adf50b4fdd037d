/* mixup.c: blends each picture of a batch with another, and their labels alike (Zhang et al. 2018,
 * arXiv:1710.09412), as torchvision's MixUp. */
#include "data/transforms/mixing.h"

static const rn_attr attrs[] = {
    RN_ATTR_ROW(FLOAT, "alpha", "0.2", 0.001, 1000, "", NULL,
                "shares are drawn from Beta(alpha, alpha)"),
    RN_ATTR_ROW(FLOAT, "probability", "1", 0, 1, "", NULL, "share of the batches that are mixed"),
};

static void mix(const void *data, rn_draw draw, const rn_batch_shape *shape, float *images,
                float *targets)
{
    const rn_mixing *s = data;
    if (!rn_draw_happens(&draw, s->probability))
        return;
    double share = rn_draw_beta(&draw, s->alpha);
    int64_t size = shape->channels * shape->height * shape->width;
    rn_mix_items(images, shape->count, size, size, share);
    rn_mix_items(targets, shape->count, shape->n_classes, shape->n_classes, share);
}

const rn_transform_kind rn_transform_mixup = {
    .name = "mixup",
    .help = "blends pairs of pictures and their labels",
    .attrs = attrs,
    .n_attrs = sizeof attrs / sizeof *attrs,
    .types = RN_PICTURE_F32,
    .is_batch = true,
    .state_size = sizeof(rn_mixing),
    .init = rn_mixing_init,
    .mix = mix,
};
