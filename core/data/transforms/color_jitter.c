/* color_jitter.c: changes brightness, contrast, saturation and hue by random amounts in a random
 * order: torchvision's ColorJitter. */
#include "data/transforms/check_channels.h"
#include "data/transforms/colour_ops.h"
#include "data/transforms/tone_ops.h"

enum { BRIGHTNESS, CONTRAST, SATURATION, HUE, N_CHANGES };

typedef struct state {
    double strength[N_CHANGES]; /* 0: left alone */
} state;

static const rn_attr attrs[] = {
    RN_ATTR_ROW(FLOAT, "brightness", "0", 0, 10, "", NULL,
                "its factor is drawn from 1 - brightness, or 0, to 1 + brightness"),
    RN_ATTR_ROW(FLOAT, "contrast", "0", 0, 10, "", NULL, "likewise"),
    RN_ATTR_ROW(FLOAT, "saturation", "0", 0, 10, "", NULL, "likewise"),
    RN_ATTR_ROW(FLOAT, "hue", "0", 0, 0.5, "", NULL,
                "share of the colour circle by which hues turn at most, either way"),
};

static rn_status init(void *data, const rn_attrs *values, const rn_transform_site *site)
{
    state *s = data;
    for (int i = 0; i < N_CHANGES; i++)
        s->strength[i] = rn_attrs_find(values, attrs[i].name)->float_value;
    return rn_transform_check_channels(site, "color_jitter");
}

/* Contrast looks at the mean of all pixels. */
static rn_window needs(const void *data, rn_draw draw, rn_size from, rn_window wanted)
{
    const state *s = data;
    return s->strength[CONTRAST] > 0 ? rn_window_all(from)
                                     : rn_window_same(data, draw, from, wanted);
}

static void shuffle(rn_draw *draw, int order[N_CHANGES])
{
    for (int i = 0; i < N_CHANGES; i++)
        order[i] = i;
    for (int i = N_CHANGES - 1; i > 0; i--) {
        int j = (int)rn_draw_below(draw, i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

static void change(rn_draw *draw, int which, double strength, rn_picture *picture)
{
    double low = strength < 1 ? 1 - strength : 0;
    double factor = rn_draw_between(draw, low, 1 + strength);
    if (which == BRIGHTNESS)
        rn_tone_brightness(picture, factor);
    else if (which == CONTRAST)
        rn_tone_contrast(picture, factor);
    else if (which == SATURATION)
        rn_colour_saturate(picture, factor);
    else
        rn_colour_turn_hue(picture, factor - 1); /* from -strength to strength */
}

static rn_status apply(const void *data, rn_draw draw, rn_window wanted, rn_picture *picture,
                       rn_picture *spare)
{
    const state *s = data;
    int order[N_CHANGES];
    (void)wanted, (void)spare;
    shuffle(&draw, order);
    for (int i = 0; i < N_CHANGES; i++)
        if (s->strength[order[i]] > 0)
            change(&draw, order[i], s->strength[order[i]], picture);
    return RN_OK;
}

const rn_transform_kind rn_transform_color_jitter = {
    .name = "color_jitter",
    .help = "changes brightness, contrast, saturation and hue at random, in a random order",
    .attrs = attrs,
    .n_attrs = sizeof attrs / sizeof *attrs,
    .types = RN_PICTURE_U8,
    .state_size = sizeof(state),
    .init = init,
    .needs = needs,
    .apply = apply,
};
