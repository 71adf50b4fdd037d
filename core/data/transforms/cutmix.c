/* cutmix.c: pastes a rectangle of another picture into each of a batch, and shares the labels by
 * area (Yun et al. 2019, arXiv:1905.04899), as torchvision's CutMix. */
#include <math.h>

#include "data/transforms/mixing.h"

static const rn_attr attrs[] = {
    RN_ATTR_ROW(FLOAT, "alpha", "1", 0.001, 1000, "", NULL,
                "areas that stay are drawn from Beta(alpha, alpha)"),
    RN_ATTR_ROW(FLOAT, "probability", "1", 0, 1, "", NULL, "share of the batches that are mixed"),
};

/* A random middle, and the part that lies within the side. */
static void draw_side(rn_draw *draw, double share, int64_t side, int64_t *first, int64_t *length)
{
    int64_t middle = rn_draw_below(draw, side);
    int64_t half = (int64_t)(0.5 * share * (double)side);
    int64_t end = middle + half < side ? middle + half : side;
    *first = middle > half ? middle - half : 0;
    *length = end - *first;
}

static rn_window draw_box(rn_draw *draw, double alpha, const rn_batch_shape *shape)
{
    double share = sqrt(1 - rn_draw_beta(draw, alpha));
    rn_window box;
    draw_side(draw, share, shape->width, &box.left, &box.width);
    draw_side(draw, share, shape->height, &box.top, &box.height);
    return box;
}

static void mix(const void *data, rn_draw draw, const rn_batch_shape *shape, float *images,
                float *targets)
{
    const rn_mixing *s = data;
    if (!rn_draw_happens(&draw, s->probability))
        return;
    rn_window box = draw_box(&draw, s->alpha, shape);
    int64_t plane = shape->height * shape->width, size = shape->channels * plane;
    for (int64_t c = 0; c < shape->channels; c++)
        for (int64_t y = box.top; y < box.top + box.height; y++)
            rn_mix_items(images + c * plane + y * shape->width + box.left, shape->count, size,
                         box.width, 0);
    double share = 1 - (double)(box.height * box.width) / (double)plane;
    rn_mix_items(targets, shape->count, shape->n_classes, shape->n_classes, share);
}

const rn_transform_kind rn_transform_cutmix = {
    .name = "cutmix",
    .help = "pastes a rectangle of another picture, and shares labels by area",
    .attrs = attrs,
    .n_attrs = sizeof attrs / sizeof *attrs,
    .types = RN_PICTURE_F32,
    .is_batch = true,
    .state_size = sizeof(rn_mixing),
    .init = rn_mixing_init,
    .mix = mix,
};
