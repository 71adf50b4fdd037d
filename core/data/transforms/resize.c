/* resize.c: resizes the shorter side, or both sides, as torchvision's Resize. */
#include "data/transforms/kind.h"
#include "data/transforms/resampling.h"

struct resize {
    rn_resample how;
    rn_size size;
    bool shorter; /* size.height is that of the shorter side */
};

static rn_status init(void *state, const rn_attrs *attrs, const rn_transform_site *site)
{
    struct resize *resize = state;
    const int64_t *size = rn_attrs_find(attrs, "size")->int_value;
    resize->how = rn_resampling_read(attrs);
    resize->size = (rn_size){ size[0], size[1] };
    resize->shorter = rn_tree_get(site->node, "size")->type == RN_TREE_INT;
    return RN_OK;
}

/* Python's int(shorter * long / short): the quotient rounds to a double first. */
static int64_t longer_side(int64_t shorter, int64_t longest, int64_t shortest)
{
    return (int64_t)((double)(shorter * longest) / (double)shortest);
}

static rn_size size(const void *state, rn_size from)
{
    const struct resize *resize = state;
    int64_t shorter = resize->size.height;
    if (!resize->shorter)
        return resize->size;
    if (from.height == 0)
        return from;
    if (from.width <= from.height)
        return (rn_size){ longer_side(shorter, from.height, from.width), shorter };
    return (rn_size){ shorter, longer_side(shorter, from.width, from.height) };
}

static rn_resample resample_of(const void *state, rn_size from)
{
    const struct resize *resize = state;
    rn_resample resample = resize->how;
    resample.source = rn_window_all(from);
    resample.to = size(state, from);
    return resample;
}

static rn_window needs(const void *state, rn_draw draw, rn_size from, rn_window wanted)
{
    (void)draw;
    rn_resample resample = resample_of(state, from);
    return rn_resample_needs(&resample, wanted);
}

static rn_status apply(const void *state, rn_draw draw, rn_window wanted, rn_picture *picture,
                       rn_picture *spare)
{
    (void)draw;
    rn_resample resample = resample_of(state, rn_picture_size(picture));
    rn_status status = rn_resample_run(&resample, wanted, picture, spare);
    if (!status)
        rn_picture_swap(picture, spare);
    return status;
}

static const rn_attr attrs[] = {
    RN_ATTR_ROW(PAIR, "size", NULL, 1, 16384, "pixels", NULL,
                "one number: the shorter side; [height, width]: both"),
    RN_RESAMPLING_ROWS,
};

const rn_transform_kind rn_transform_resize = {
    .name = "resize",
    .help = "resizes the shorter side, or both sides",
    .attrs = attrs,
    .n_attrs = sizeof attrs / sizeof *attrs,
    .types = RN_PICTURE_U8,
    .keeps_input = true,
    .is_fixed = true,
    .takes_shrunk = true,
    .state_size = sizeof(struct resize),
    .init = init,
    .size = size,
    .needs = needs,
    .apply = apply,
};
