/* crop.c: cuts pictures, and makes up what lies beyond their borders. */
#include "data/transforms/crop.h"

#include <string.h>

/* The pixel of a side of `length` that serves at `i`; -1: none, it is black. */
static int64_t border_pixel(rn_border border, int64_t i, int64_t length)
{
    if (i >= 0 && i < length)
        return i;
    if (border == RN_BORDER_ZERO)
        return -1;
    if (border == RN_BORDER_EDGE || length == 1)
        return i < 0 ? 0 : length - 1;
    int64_t period = 2 * (length - 1), phase = i % period;
    phase = phase < 0 ? phase + period : phase;
    return phase < length ? phase : period - phase;
}

/* The pixels of a side that serve from `first` to first + count - 1: from *begin, *n_needed. */
static void needed_pixels(rn_border border, int64_t first, int64_t count, int64_t length,
                          int64_t *begin, int64_t *n_needed)
{
    int64_t least = length, most = -1;
    for (int64_t i = first; i < first + count; i++) {
        int64_t pixel = border_pixel(border, i, length);
        if (pixel < 0)
            continue;
        least = pixel < least ? pixel : least;
        most = pixel > most ? pixel : most;
    }
    /* Where nothing serves, one pixel: no part of a picture is empty. */
    *begin = most < 0 ? 0 : least;
    *n_needed = most < 0 ? 1 : most - least + 1;
}

rn_window rn_crop_needs(const rn_crop *crop, rn_size from, rn_window wanted)
{
    rn_window needed;
    needed_pixels(crop->border, crop->window.top + wanted.top, wanted.height, from.height,
                  &needed.top, &needed.height);
    needed_pixels(crop->border, crop->window.left + wanted.left, wanted.width, from.width,
                  &needed.left, &needed.width);
    return needed;
}

/* A row of the picture. */
struct row {
    const uint8_t *pixels; /* those that are here */
    int64_t first;         /* the first one's column */
    int64_t length;        /* of the whole row */
    size_t pixel;          /* bytes */
    rn_border border;
};

/* Makes up the columns from `begin` to end - 1, which lie beyond the border. */
static void make_border(const struct row *row, int64_t begin, int64_t end, uint8_t *to)
{
    for (int64_t x = begin; x < end; x++, to += row->pixel) {
        int64_t column = border_pixel(row->border, x, row->length);
        if (column < 0)
            memset(to, 0, row->pixel);
        else
            memcpy(to, row->pixels + (size_t)(column - row->first) * row->pixel, row->pixel);
    }
}

static int64_t clamp(int64_t i, int64_t least, int64_t most)
{
    return i < least ? least : i > most ? most : i;
}

/* Copies the columns from `begin` to end - 1 that lie in the picture, and makes up the others. */
static void crop_row(const struct row *row, int64_t begin, int64_t end, uint8_t *to)
{
    int64_t inside = clamp(0, begin, end), inside_end = clamp(row->length, inside, end);
    make_border(row, begin, inside, to);
    to += (size_t)(inside - begin) * row->pixel;
    if (inside < inside_end)
        memcpy(to, row->pixels + (size_t)(inside - row->first) * row->pixel,
               (size_t)(inside_end - inside) * row->pixel);
    to += (size_t)(inside_end - inside) * row->pixel;
    make_border(row, inside_end, end, to);
}

rn_status rn_crop_run(const rn_crop *crop, rn_window wanted, const rn_picture *from, rn_picture *to)
{
    const rn_size size = { crop->window.height, crop->window.width };
    rn_status status = rn_picture_make_window(to, RN_PICTURE_U8, from->channels, size, wanted);
    if (status)
        return status;
    int64_t begin = crop->window.left + wanted.left;
    size_t from_row = (size_t)(from->window.width * from->channels);
    size_t to_row = (size_t)(wanted.width * from->channels);
    for (int64_t y = 0; y < wanted.height; y++) {
        int64_t at = crop->window.top + wanted.top + y;
        int64_t line = border_pixel(crop->border, at, from->full.height);
        uint8_t *out = to->bytes + (size_t)y * to_row;
        if (line < 0) {
            memset(out, 0, to_row);
            continue;
        }
        const struct row row = { from->bytes + (size_t)(line - from->window.top) * from_row,
                                 from->window.left, from->full.width, (size_t)from->channels,
                                 crop->border };
        crop_row(&row, begin, begin + wanted.width, out);
    }
    return RN_OK;
}
