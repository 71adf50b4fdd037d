/* trivial_augment.c: one random operation of random strength for each picture (Müller and Hutter
 * 2021, arXiv:2103.10158), as torchvision's TrivialAugmentWide. */
#include "data/transforms/augment_ops.h"
#include "data/transforms/check_channels.h"

static rn_status init(void *data, const rn_attrs *values, const rn_transform_site *site)
{
    (void)data, (void)values;
    return rn_transform_check_channels(site, "trivial_augment");
}

static rn_window needs(const void *data, rn_draw draw, rn_size from, rn_window wanted)
{
    rn_augment_op op = rn_augment_draw(&draw);
    return rn_augment_is_pointwise(op) ? rn_window_same(data, draw, from, wanted)
                                       : rn_window_all(from);
}

static rn_status apply(const void *data, rn_draw draw, rn_window wanted, rn_picture *picture,
                       rn_picture *spare)
{
    (void)data, (void)wanted;
    rn_augment_op op = rn_augment_draw(&draw);
    int64_t bin = rn_draw_below(&draw, RN_AUGMENT_BINS);
    double magnitude = rn_augment_magnitude(RN_AUGMENT_WIDE, op, bin, picture->full);
    magnitude *= rn_augment_draw_sign(&draw, op);
    return rn_augment_run(op, magnitude, picture, spare);
}

const rn_transform_kind rn_transform_trivial_augment = {
    .name = "trivial_augment",
    .help = "one random operation of random strength: TrivialAugmentWide",
    .types = RN_PICTURE_U8,
    .init = init,
    .needs = needs,
    .apply = apply,
};
