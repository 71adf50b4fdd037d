/* colour_ops.c: grey, saturation (ImageEnhance.Color), and hue through Pillow's HSV, whose
 * arithmetic mixes float and double (src/libImaging/Convert.c). */
#include "data/transforms/colour_ops.h"

#include "data/transforms/pixel.h"

/* Pixels whose greys are kept at a time. */
#define CHUNK 256

typedef struct hsv {
    uint8_t hue, saturation, value;
} hsv;

void rn_colour_grey(rn_picture *picture)
{
    if (picture->channels != 3)
        return;
    uint8_t *end = picture->bytes + rn_picture_count(picture);
    for (uint8_t *rgb = picture->bytes; rgb < end; rgb += 3)
        rgb[0] = rgb[1] = rgb[2] = rn_pixel_luma(rgb);
}

void rn_colour_saturate(rn_picture *picture, double factor)
{
    if (picture->channels != 3)
        return;
    uint8_t grey[3 * CHUNK];
    int64_t count = (int64_t)rn_picture_count(picture);
    for (int64_t at = 0; at < count; at += 3 * CHUNK) {
        int64_t size = count - at < 3 * CHUNK ? count - at : 3 * CHUNK;
        uint8_t *rgb = picture->bytes + at;
        for (int64_t i = 0; i < size; i += 3)
            grey[i] = grey[i + 1] = grey[i + 2] = rn_pixel_luma(rgb + i);
        rn_pixel_blend_row(grey, rgb, size, (float)factor);
    }
}

static hsv to_hsv(const uint8_t *rgb)
{
    uint8_t r = rgb[0], g = rgb[1], b = rgb[2];
    uint8_t high = r > g ? r : g, low = r < g ? r : g;
    high = b > high ? b : high;
    low = b < low ? b : low;
    if (high == low)
        return (hsv){ .value = high };
    float range = (float)(high - low), hue;
    float red = (float)(high - r) / range;
    float green = (float)(high - g) / range;
    float blue = (float)(high - b) / range;
    if (r == high)
        hue = blue - green;
    else if (g == high)
        hue = (float)(2.0 + red - blue);
    else
        hue = (float)(4.0 + green - red);
    double turn = hue / 6.0 + 1.0;
    hue = (float)(turn >= 1.0 ? turn - 1.0 : turn);
    return (hsv){ (uint8_t)(hue * 255.0), (uint8_t)(range / (float)high * 255.0), high };
}

static void from_hsv(hsv from, uint8_t *rgb)
{
    enum { VALUE, LOW, FALLING, RISING };
    static const uint8_t sectors[6][3] = {
        { VALUE, RISING, LOW },  { FALLING, VALUE, LOW }, { LOW, VALUE, RISING },
        { LOW, FALLING, VALUE }, { RISING, LOW, VALUE },  { VALUE, LOW, FALLING },
    };
    double turn = from.hue * 6.0 / 255.0; /* 6 is 0 */
    int sector = (int)turn;
    float within = (float)(turn - sector), value = from.value;
    float saturation = (float)(from.saturation / 255.0);
    const uint8_t levels[] = {
        [VALUE] = from.value,
        [LOW] = (uint8_t)(value * (1.0 - saturation) + 0.5),
        [FALLING] = (uint8_t)(value * (1.0 - saturation * within) + 0.5),
        [RISING] = (uint8_t)(value * (1.0 - saturation * (1.0 - within)) + 0.5),
    };
    for (int c = 0; c < 3; c++)
        rgb[c] = levels[sectors[sector % 6][c]];
}

void rn_colour_turn_hue(rn_picture *picture, double turn)
{
    if (picture->channels != 3)
        return;
    uint8_t shift = (uint8_t)(int)(turn * 255);
    uint8_t *end = picture->bytes + rn_picture_count(picture);
    for (uint8_t *rgb = picture->bytes; rgb < end; rgb += 3) {
        hsv pixel = to_hsv(rgb);
        pixel.hue = (uint8_t)(pixel.hue + shift);
        from_hsv(pixel, rgb);
    }
}
