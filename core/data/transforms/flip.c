/* flip.c: the transforms horizontal_flip and vertical_flip. */
#include <string.h>

#include "data/transforms/kind.h"

struct flip {
    double probability;
};

static rn_status init(void *state, const rn_attrs *attrs, const rn_transform_site *site)
{
    (void)site;
    struct flip *flip = state;
    flip->probability = rn_attrs_find(attrs, "probability")->float_value;
    return RN_OK;
}

static bool draw_flip(const void *state, rn_draw draw)
{
    const struct flip *flip = state;
    return rn_draw_happens(&draw, flip->probability);
}

static rn_window mirror_columns(rn_size size, rn_window window)
{
    window.left = size.width - window.left - window.width;
    return window;
}

static rn_window mirror_rows(rn_size size, rn_window window)
{
    window.top = size.height - window.top - window.height;
    return window;
}

static rn_window needs_columns(const void *state, rn_draw draw, rn_size from, rn_window wanted)
{
    return draw_flip(state, draw) ? mirror_columns(from, wanted) : wanted;
}

static rn_window needs_rows(const void *state, rn_draw draw, rn_size from, rn_window wanted)
{
    return draw_flip(state, draw) ? mirror_rows(from, wanted) : wanted;
}

/* Copies pixels in reverse order. With a constant size the copies are single instructions. */
static inline void reverse(const uint8_t *from, uint8_t *to, size_t count, size_t pixel)
{
    for (size_t i = 0; i < count; i++)
        memcpy(to + i * pixel, from + (count - 1 - i) * pixel, pixel);
}

static void reverse_row(const uint8_t *from, uint8_t *to, size_t count, size_t pixel)
{
    if (pixel == 1)
        reverse(from, to, count, 1);
    else if (pixel == 3)
        reverse(from, to, count, 3);
    else
        reverse(from, to, count, pixel);
}

/* Makes room in `spare` for the mirrored picture. */
static rn_status make_mirrored(const rn_picture *picture, rn_window window, rn_picture *spare)
{
    return rn_picture_make_window(spare, RN_PICTURE_U8, picture->channels, picture->full, window);
}

static rn_status flip_columns(const void *state, rn_draw draw, rn_window wanted,
                              rn_picture *picture, rn_picture *spare)
{
    (void)wanted;
    if (!draw_flip(state, draw))
        return RN_OK;
    rn_window window = mirror_columns(picture->full, picture->window);
    rn_status status = make_mirrored(picture, window, spare);
    if (status)
        return status;
    size_t row = (size_t)(window.width * picture->channels);
    for (size_t y = 0; y < (size_t)window.height; y++)
        reverse_row(picture->bytes + y * row, spare->bytes + y * row, (size_t)window.width,
                    (size_t)picture->channels);
    rn_picture_swap(picture, spare);
    return RN_OK;
}

static rn_status flip_rows(const void *state, rn_draw draw, rn_window wanted, rn_picture *picture,
                           rn_picture *spare)
{
    (void)wanted;
    if (!draw_flip(state, draw))
        return RN_OK;
    rn_window window = mirror_rows(picture->full, picture->window);
    rn_status status = make_mirrored(picture, window, spare);
    if (status)
        return status;
    size_t row = (size_t)(window.width * picture->channels);
    for (int64_t y = 0; y < window.height; y++)
        memcpy(spare->bytes + (size_t)y * row,
               picture->bytes + (size_t)(window.height - 1 - y) * row, row);
    rn_picture_swap(picture, spare);
    return RN_OK;
}

static const rn_attr attrs[] = {
    RN_ATTR_ROW(FLOAT, "probability", "0.5", 0, 1, "share of 1", NULL,
                "share of the pictures that are mirrored"),
};

const rn_transform_kind rn_transform_horizontal_flip = {
    .name = "horizontal_flip",
    .help = "exchanges left and right of a share of the pictures",
    .attrs = attrs,
    .n_attrs = sizeof attrs / sizeof *attrs,
    .types = RN_PICTURE_U8,
    .keeps_input = true,
    .moves_only = true,
    .state_size = sizeof(struct flip),
    .init = init,
    .needs = needs_columns,
    .apply = flip_columns,
};

const rn_transform_kind rn_transform_vertical_flip = {
    .name = "vertical_flip",
    .help = "exchanges top and bottom of a share of the pictures",
    .attrs = attrs,
    .n_attrs = sizeof attrs / sizeof *attrs,
    .types = RN_PICTURE_U8,
    .keeps_input = true,
    .moves_only = true,
    .state_size = sizeof(struct flip),
    .init = init,
    .needs = needs_rows,
    .apply = flip_rows,
};
