/* grayscale.c: makes pictures grey, with as many channels as before: torchvision's RandomGrayscale,
 * or Grayscale(3) with probability 1. */
#include "data/transforms/check_channels.h"
#include "data/transforms/colour_ops.h"

typedef struct state {
    double probability;
} state;

static const rn_attr attrs[] = {
    RN_ATTR_ROW(FLOAT, "probability", "1", 0, 1, "", NULL,
                "share of the pictures that become grey"),
};

static rn_status init(void *data, const rn_attrs *values, const rn_transform_site *site)
{
    state *s = data;
    s->probability = rn_attrs_find(values, "probability")->float_value;
    return rn_transform_check_channels(site, "grayscale");
}

static rn_status apply(const void *data, rn_draw draw, rn_window wanted, rn_picture *picture,
                       rn_picture *spare)
{
    const state *s = data;
    (void)wanted, (void)spare;
    if (rn_draw_happens(&draw, s->probability))
        rn_colour_grey(picture);
    return RN_OK;
}

const rn_transform_kind rn_transform_grayscale = {
    .name = "grayscale",
    .help = "makes pictures grey, keeping their channels",
    .attrs = attrs,
    .n_attrs = sizeof attrs / sizeof *attrs,
    .types = RN_PICTURE_U8,
    .state_size = sizeof(state),
    .init = init,
    .needs = rn_window_same,
    .apply = apply,
};
