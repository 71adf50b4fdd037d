/* sharpen.c: a blend of a picture and what ImageFilter.SMOOTH makes of it. */
#include "data/transforms/sharpen.h"

#include "data/transforms/pixel.h"

/* Bytes of a row that are smoothed together: a constant lets the compiler vectorise the loop. */
#define CHUNK 32

/* The weights are 1 around a centre of 5, over 13. Pillow sums in float, which is never far enough
 * off to round differently: no sum is nearer than 1/26 to a half. */
static uint8_t smooth(const uint8_t *at, int64_t channels, int64_t row)
{
    const uint8_t *above = at - row, *below = at + row;
    uint16_t sum =
        (uint16_t)(above[-channels] + above[0] + above[channels] + at[-channels] + 5 * at[0] +
                   at[channels] + below[-channels] + below[0] + below[channels]);
    return (uint8_t)((sum + 6) / 13);
}

static void smooth_row(const uint8_t *restrict from, uint8_t *restrict to, int64_t channels,
                       int64_t row)
{
    int64_t i = channels;
    for (; i + CHUNK <= row - channels; i += CHUNK)
        for (int k = 0; k < CHUNK; k++)
            to[i + k] = smooth(from + i + k, channels, row);
    for (; i < row - channels; i++)
        to[i] = smooth(from + i, channels, row);
}

rn_status rn_picture_sharpen(rn_picture *picture, rn_picture *spare, double factor)
{
    int64_t height = picture->window.height, width = picture->window.width;
    if (height < 3 || width < 3)
        return RN_OK; /* all is border, which Pillow leaves as it is */
    rn_status status = rn_picture_make(spare, RN_PICTURE_U8, picture->channels, picture->full);
    if (status)
        return status;
    int64_t channels = picture->channels, row = width * channels;
    for (int64_t y = 1; y < height - 1; y++)
        smooth_row(picture->bytes + y * row, spare->bytes + y * row, channels, row);
    for (int64_t y = 1; y < height - 1; y++) {
        int64_t first = y * row + channels;
        rn_pixel_blend_row(spare->bytes + first, picture->bytes + first, row - 2 * channels,
                           (float)factor);
    }
    return RN_OK;
}
