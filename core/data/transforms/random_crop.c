/* random_crop.c: cuts a random part out of the padded picture, as torchvision's RandomCrop. */
#include <inttypes.h>
#include <string.h>

#include "base/status.h"
#include "data/transforms/crop.h"
#include "data/transforms/kind.h"

struct random_crop {
    rn_size size;
    int64_t padding[2]; /* rows above and below, columns left and right */
    rn_border border;
};

static rn_status init(void *state, const rn_attrs *attrs, const rn_transform_site *site)
{
    struct random_crop *random = state;
    const char *mode = rn_attrs_find(attrs, "padding_mode")->text_value;
    const int64_t *padding = rn_attrs_find(attrs, "padding")->int_value;
    random->size = rn_transform_read_size(attrs, site);
    random->padding[0] = padding[0];
    random->padding[1] = padding[1];
    random->border = !strcmp(mode, "edge")      ? RN_BORDER_EDGE
                     : !strcmp(mode, "reflect") ? RN_BORDER_REFLECT
                                                : RN_BORDER_ZERO;
    return RN_OK;
}

static rn_size size(const void *state, rn_size from)
{
    (void)from;
    const struct random_crop *random = state;
    return random->size;
}

/* Places where the crop fits into a side; none if this is less than 1. */
static int64_t n_places(int64_t from, int64_t padding, int64_t to)
{
    return from + 2 * padding - to + 1;
}

/* Where nothing fits, `apply` fails. */
static int64_t draw_place(rn_draw *draw, int64_t places, int64_t padding)
{
    return places < 1 ? 0 : rn_draw_below(draw, places) - padding;
}

static rn_crop draw_crop(const void *state, rn_draw draw, rn_size from)
{
    const struct random_crop *r = state;
    int64_t rows = n_places(from.height, r->padding[0], r->size.height);
    int64_t columns = n_places(from.width, r->padding[1], r->size.width);
    rn_crop crop = { .window = { .height = r->size.height, .width = r->size.width },
                     .border = r->border };
    crop.window.top = draw_place(&draw, rows, r->padding[0]);
    crop.window.left = draw_place(&draw, columns, r->padding[1]);
    return crop;
}

static rn_window needs(const void *state, rn_draw draw, rn_size from, rn_window wanted)
{
    rn_crop crop = draw_crop(state, draw, from);
    return rn_crop_needs(&crop, from, wanted);
}

static rn_status apply(const void *state, rn_draw draw, rn_window wanted, rn_picture *picture,
                       rn_picture *spare)
{
    const struct random_crop *r = state;
    rn_size from = picture->full;
    if (n_places(from.height, r->padding[0], r->size.height) < 1 ||
        n_places(from.width, r->padding[1], r->size.width) < 1)
        return rn_fail(RN_E_DATA,
                       "transform \"random_crop\": found a picture of %" PRId64 "x%" PRId64
                       " pixels, expected at least %" PRId64 "x%" PRId64
                       " with its padding; resize it before, or raise padding",
                       from.height, from.width, r->size.height, r->size.width);
    rn_crop crop = draw_crop(state, draw, from);
    rn_status status = rn_crop_run(&crop, wanted, picture, spare);
    if (!status)
        rn_picture_swap(picture, spare);
    return status;
}

static const rn_attr attrs[] = {
    RN_ATTR_ROW(PAIR, "size", "0", 0, 16384, "pixels", NULL,
                "height and width; 0: those of the network's input"),
    RN_ATTR_ROW(PAIR, "padding", "0", 0, 1024, "pixels", NULL,
                "rows above and below, columns left and right"),
    RN_ATTR_ROW(CHOICE, "padding_mode", "zero", 0, 0, "", "zero|edge|reflect",
                "what padding consists of: black, the nearest pixel, or the picture mirrored"),
};

const rn_transform_kind rn_transform_random_crop = {
    .name = "random_crop",
    .help = "cuts a random part out, after padding",
    .attrs = attrs,
    .n_attrs = sizeof attrs / sizeof *attrs,
    .types = RN_PICTURE_U8,
    .keeps_input = true,
    .moves_only = true,
    .state_size = sizeof(struct random_crop),
    .init = init,
    .size = size,
    .needs = needs,
    .apply = apply,
};
