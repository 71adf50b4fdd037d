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

/* Copies what of a row lies in the picture, and makes up the rest. `pixels` are those of the row that
 * the picture holds. */
static void crop_row(const rn_crop *crop, rn_window wanted, const rn_picture *from,
                     const uint8_t *pixels, uint8_t *to)
{
    size_t channels = (size_t)from->channels;
    int64_t first = crop->window.left + wanted.left, end = first + wanted.width;
    int64_t inside = first < 0 ? 0 : first;
    int64_t inside_end = end < from->full.width ? end : from->full.width;
    int64_t here = from->window.left;
    for (int64_t x = first; x < end; x++) {
        uint8_t *out = to + (size_t)(x - first) * channels;
        if (x == inside && inside < inside_end) {
            memcpy(out, pixels + (size_t)(x - here) * channels,
                   (size_t)(inside_end - inside) * channels);
            x = inside_end - 1;
            continue;
        }
        int64_t pixel = border_pixel(crop->border, x, from->full.width);
        if (pixel < 0)
            memset(out, 0, channels);
        else
            memcpy(out, pixels + (size_t)(pixel - here) * channels, channels);
    }
}

rn_status rn_crop_run(const rn_crop *crop, rn_window wanted, const rn_picture *from, rn_picture *to)
{
    const rn_size size = { crop->window.height, crop->window.width };
    rn_status status = rn_picture_make_window(to, RN_PICTURE_U8, from->channels, size, wanted);
    if (status)
        return status;
    size_t from_row = (size_t)(from->window.width * from->channels);
    size_t to_row = (size_t)(wanted.width * from->channels);
    for (int64_t y = 0; y < wanted.height; y++) {
        int64_t at = crop->window.top + wanted.top + y;
        int64_t row = border_pixel(crop->border, at, from->full.height);
        uint8_t *out = to->bytes + (size_t)y * to_row;
        if (row < 0)
            memset(out, 0, to_row);
        else
            crop_row(crop, wanted, from, from->bytes + (size_t)(row - from->window.top) * from_row,
                     out);
    }
    return RN_OK;
}
