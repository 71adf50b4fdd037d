/* pictures.c: random pictures and parts of them. */
#include "data/pictures.h"

#include <string.h>

#include "support/check.h"

void pictures_fill(rn_draw *draw, rn_picture *picture)
{
    for (size_t i = 0; i < rn_picture_count(picture); i++)
        picture->bytes[i] = (uint8_t)rn_draw_below(draw, 256);
}

void pictures_make(rn_draw *draw, int64_t channels, rn_size size, rn_picture *picture)
{
    CU_ASSERT_EQUAL_FATAL(rn_picture_make(picture, RN_PICTURE_U8, channels, size), RN_OK);
    pictures_fill(draw, picture);
}

void pictures_cut(const rn_picture *from, rn_window window, rn_picture *to)
{
    CU_ASSERT_EQUAL_FATAL(rn_picture_make_window(to, from->type, from->channels, from->full,
                                                 window),
                          RN_OK);
    size_t row = (size_t)(window.width * from->channels);
    for (int64_t y = 0; y < window.height; y++) {
        int64_t pixel = (window.top - from->window.top + y) * from->window.width + window.left -
                        from->window.left;
        memcpy(to->bytes + (size_t)y * row, from->bytes + pixel * from->channels, row);
    }
}

bool pictures_equal(const rn_picture *a, const rn_picture *b)
{
    return rn_picture_count(a) == rn_picture_count(b) &&
           memcmp(a->bytes, b->bytes, rn_picture_count(a)) == 0;
}

rn_window pictures_window(rn_draw *draw, rn_size size)
{
    rn_window window = { .height = 1 + rn_draw_below(draw, size.height),
                         .width = 1 + rn_draw_below(draw, size.width) };
    window.top = rn_draw_below(draw, size.height - window.height + 1);
    window.left = rn_draw_below(draw, size.width - window.width + 1);
    return window;
}

rn_size pictures_size(rn_draw *draw, int64_t most)
{
    return (rn_size){ 1 + rn_draw_below(draw, most), 1 + rn_draw_below(draw, most) };
}
