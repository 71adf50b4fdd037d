/* center_crop.c: cuts the middle out, and pads smaller pictures with black, as torchvision's
 * CenterCrop. */
#include <math.h>

#include "data/transforms/crop.h"
#include "data/transforms/kind.h"

struct center_crop {
    rn_size size;
};

static rn_status init(void *state, const rn_attrs *attrs, const rn_transform_site *site)
{
    struct center_crop *center = state;
    center->size = rn_transform_read_size(attrs, site);
    return RN_OK;
}

static rn_size size(const void *state, rn_size from)
{
    (void)from;
    const struct center_crop *center = state;
    return center->size;
}

/* Python's round takes halves to the even number; padding is rounded down. */
static int64_t first_pixel(int64_t from, int64_t to)
{
    return from < to ? -((to - from) / 2) : (int64_t)rint((double)(from - to) / 2.0);
}

static rn_crop crop_of(const void *state, rn_size from)
{
    const struct center_crop *center = state;
    return (rn_crop){ .window = { .top = first_pixel(from.height, center->size.height),
                                  .left = first_pixel(from.width, center->size.width),
                                  .height = center->size.height,
                                  .width = center->size.width },
                      .border = RN_BORDER_ZERO };
}

static rn_window needs(const void *state, rn_draw draw, rn_size from, rn_window wanted)
{
    (void)draw;
    rn_crop crop = crop_of(state, from);
    return rn_crop_needs(&crop, from, wanted);
}

static rn_status apply(const void *state, rn_draw draw, rn_window wanted, rn_picture *picture,
                       rn_picture *spare)
{
    (void)draw;
    rn_crop crop = crop_of(state, picture->full);
    rn_status status = rn_crop_run(&crop, wanted, picture, spare);
    if (!status)
        rn_picture_swap(picture, spare);
    return status;
}

static const rn_attr attrs[] = {
    RN_ATTR_ROW(PAIR, "size", "0", 0, 16384, "pixels", NULL,
                "height and width; 0: those of the network's input"),
};

const rn_transform_kind rn_transform_center_crop = {
    .name = "center_crop",
    .help = "cuts the middle out; pads with black where the picture is smaller",
    .attrs = attrs,
    .n_attrs = sizeof attrs / sizeof *attrs,
    .types = RN_PICTURE_U8,
    .keeps_input = true,
    .moves_only = true,
    .is_fixed = true,
    .state_size = sizeof(struct center_crop),
    .init = init,
    .size = size,
    .needs = needs,
    .apply = apply,
};
