/* affine_ops.c: Pillow's Image.transform(AFFINE, NEAREST), in its fixed point. */
#include "data/transforms/affine_ops.h"

#include <math.h>
#include <string.h>

/* From a pixel of the result to the place in the picture that it comes from:
 * (xx * x + xy * y + x0, yx * x + yy * y + y0). */
typedef struct matrix {
    double xx, xy, x0, yx, yy, y0;
} matrix;

/* Pillow has 16 bits of fraction, and takes double where pictures are too large for them. */
static int fraction_bits(rn_size size)
{
    return size.height + size.width < 1 << 15 ? 16 : 32;
}

static int64_t to_fixed(double value, int bits)
{
    return (int64_t)floor(ldexp(value, bits) + 0.5);
}

/* Grey or RGB. */
static inline void copy_pixel(uint8_t *to, const uint8_t *from, int64_t channels)
{
    to[0] = from[0];
    if (channels == 3) {
        to[1] = from[1];
        to[2] = from[2];
    }
}

static rn_status transform(rn_picture *picture, rn_picture *spare, const matrix *m)
{
    rn_size size = picture->full;
    int64_t channels = picture->channels;
    rn_status status = rn_picture_make(spare, RN_PICTURE_U8, channels, size);
    if (status)
        return status;
    int bits = fraction_bits(size);
    int64_t xx = to_fixed(m->xx, bits), xy = to_fixed(m->xy, bits);
    int64_t yx = to_fixed(m->yx, bits), yy = to_fixed(m->yy, bits);
    int64_t row_x = to_fixed(m->x0 + m->xx * 0.5 + m->xy * 0.5, bits);
    int64_t row_y = to_fixed(m->y0 + m->yx * 0.5 + m->yy * 0.5, bits);
    uint8_t *to = spare->bytes;
    memset(to, 0, rn_picture_count(spare));
    for (int64_t i = 0; i < size.height; i++, row_x += xy, row_y += yy) {
        int64_t at_x = row_x, at_y = row_y;
        for (int64_t j = 0; j < size.width; j++, at_x += xx, at_y += yx, to += channels) {
            int64_t x = at_x >> bits, y = at_y >> bits;
            if (x >= 0 && x < size.width && y >= 0 && y < size.height)
                copy_pixel(to, picture->bytes + (y * size.width + x) * channels, channels);
        }
    }
    rn_picture_swap(picture, spare);
    return RN_OK;
}

rn_status rn_affine_shear(rn_picture *picture, rn_picture *spare, double x, double y)
{
    return transform(picture, spare, &(matrix){ 1, x, 0, y, 1, 0 });
}

rn_status rn_affine_translate(rn_picture *picture, rn_picture *spare, int64_t x, int64_t y)
{
    return transform(picture, spare, &(matrix){ 1, 0, -(double)x, 0, 1, -(double)y });
}

/* So that a quarter turn has zeros, as in Image.rotate. */
static double round_15_digits(double value)
{
    return rint(value * 1e15) / 1e15;
}

rn_status rn_affine_rotate(rn_picture *picture, rn_picture *spare, double degrees)
{
    double angle = -degrees * (M_PI / 180.0);
    double middle_x = (double)picture->full.width / 2, middle_y = (double)picture->full.height / 2;
    double cosine = round_15_digits(cos(angle)), sine = round_15_digits(sin(angle));
    double from_x = -cosine * middle_x - sine * middle_y;
    double from_y = sine * middle_x - cosine * middle_y;
    return transform(picture, spare,
                     &(matrix){ cosine, sine, from_x + middle_x, -sine, cosine,
                                from_y + middle_y });
}
