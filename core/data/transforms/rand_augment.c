/* rand_augment.c: several random operations of one strength for each picture (Cubuk et al. 2020,
 * arXiv:1909.13719), as torchvision's RandAugment. */
#include "data/transforms/augment_ops.h"
#include "data/transforms/check_channels.h"

typedef struct state {
    int64_t num_ops, magnitude;
} state;

static const rn_attr attrs[] = {
    RN_ATTR_ROW(INT, "num_ops", "2", 1, 16, "", NULL, "operations, one after the other"),
    RN_ATTR_ROW(INT, "magnitude", "9", 0, RN_AUGMENT_BINS - 1, "", NULL,
                "how strong each is, of 30"),
};

static rn_status init(void *data, const rn_attrs *values, const rn_transform_site *site)
{
    state *s = data;
    s->num_ops = rn_attrs_find(values, "num_ops")->int_value[0];
    s->magnitude = rn_attrs_find(values, "magnitude")->int_value[0];
    return rn_transform_check_channels(site, "rand_augment");
}

static rn_window needs(const void *data, rn_draw draw, rn_size from, rn_window wanted)
{
    const state *s = data;
    for (int64_t i = 0; i < s->num_ops; i++) {
        rn_augment_op op = rn_augment_draw(&draw);
        rn_augment_draw_sign(&draw, op);
        if (!rn_augment_is_pointwise(op))
            return rn_window_all(from);
    }
    return rn_window_same(data, draw, from, wanted);
}

static rn_status apply(const void *data, rn_draw draw, rn_window wanted, rn_picture *picture,
                       rn_picture *spare)
{
    const state *s = data;
    (void)wanted;
    rn_status status = RN_OK;
    for (int64_t i = 0; i < s->num_ops && !status; i++) {
        rn_augment_op op = rn_augment_draw(&draw);
        double magnitude = rn_augment_magnitude(RN_AUGMENT_RAND, op, s->magnitude, picture->full);
        magnitude *= rn_augment_draw_sign(&draw, op);
        status = rn_augment_run(op, magnitude, picture, spare);
    }
    return status;
}

const rn_transform_kind rn_transform_rand_augment = {
    .name = "rand_augment",
    .help = "random operations of one strength: RandAugment",
    .attrs = attrs,
    .n_attrs = sizeof attrs / sizeof *attrs,
    .types = RN_PICTURE_U8,
    .state_size = sizeof(state),
    .init = init,
    .needs = needs,
    .apply = apply,
};
