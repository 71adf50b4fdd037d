/* random_erasing.c: overwrites a random rectangle (Zhong et al., arXiv:1708.04896), which is drawn
 * as torchvision's RandomErasing does. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/transforms/kind.h"
#include "data/transforms/random_area.h"

#define TRIES 10

struct random_erasing {
    double probability;
    rn_random_area area; /* ratio: height / width */
    bool is_noise;
    uint8_t *bytes; /* what is written before normalise, for each channel */
    float *values;  /* after it */
};

static const rn_transform_array arrays[] = {
    { RN_ATTR_ROW(FLOAT, "area", "[0.02, 0.33]", 1e-6, 1, "share of 1", NULL,
                  "least and largest area of the rectangle"),
      2 },
    { RN_ATTR_ROW(FLOAT, "ratio", "[0.3, 3.3]", 0.01, 100, "", NULL,
                  "least and largest height / width of the rectangle"),
      2 },
    { RN_ATTR_ROW(FLOAT, "value", "0", -1000, 1000, "", NULL,
                  "what fill = \"constant\" writes: before normalise, of pixels from 0 to 1; after "
                  "it, what the network gets; one number, or one for each channel"),
      0 },
};

static uint8_t byte_of(double value)
{
    return (uint8_t)rint(255.0 * fmin(fmax(value, 0.0), 1.0));
}

/* After normalise the mean is 0. `constants` is scratch of a number for each channel. */
static rn_status fill_in(struct random_erasing *erasing, const char *fill,
                         const rn_transform_site *site, double *constants)
{
    int64_t count = 1;
    bool is_mean = !strcmp(fill, "mean");
    rn_status status = rn_transform_read_array(site, &arrays[2], constants, &count);
    for (int64_t c = 0; c < site->channels && !status; c++) {
        double constant = constants[count == 1 ? 0 : c];
        double mean = site->mean[site->n_mean == 1 ? 0 : c];
        erasing->bytes[c] = byte_of(is_mean ? mean : constant);
        erasing->values[c] = is_mean ? 0.0F : (float)constant;
    }
    return status;
}

static rn_status init(void *state, const rn_attrs *attrs, const rn_transform_site *site)
{
    struct random_erasing *erasing = state;
    const char *fill = rn_attrs_find(attrs, "fill")->text_value;
    size_t channels = (size_t)site->channels;
    erasing->probability = rn_attrs_find(attrs, "probability")->float_value;
    erasing->is_noise = !strcmp(fill, "noise");
    erasing->area = (rn_random_area){ .share = { 0.02, 0.33 }, .ratio = { 0.3, 3.3 } };
    erasing->bytes = calloc(channels, sizeof *erasing->bytes);
    erasing->values = calloc(channels, sizeof *erasing->values);
    double *constants = calloc(channels, sizeof *constants);
    rn_status status = rn_random_area_read(site, arrays, &erasing->area);
    if (!erasing->bytes || !erasing->values || !constants)
        status = rn_fail(RN_E_NOMEM, "not enough memory to erase parts of pictures");
    if (!status)
        status = fill_in(erasing, fill, site, constants);
    free(constants);
    return status;
}

static void clear(void *state)
{
    struct random_erasing *erasing = state;
    free(erasing->bytes);
    free(erasing->values);
}

/* The rectangle; empty: none. */
static rn_window draw_rectangle(const struct random_erasing *erasing, rn_draw *draw, rn_size size)
{
    bool happens = rn_draw_happens(draw, erasing->probability);
    for (int i = 0; i < TRIES && happens; i++) {
        rn_size rectangle;
        rn_random_area_draw(&erasing->area, draw, size, &rectangle.height, &rectangle.width);
        if (rectangle.height < size.height && rectangle.width < size.width)
            return rn_random_area_place(draw, size, rectangle);
    }
    return (rn_window){ 0 };
}

/* `noise` is at the first number of the pixel's noise; `at` counts the pixels that are here. */
static void erase_pixel(const struct random_erasing *erasing, rn_draw noise, rn_picture *picture,
                        int64_t at)
{
    int64_t channels = picture->channels;
    int64_t pixels = picture->window.height * picture->window.width;
    for (int64_t c = 0; c < channels; c++)
        if (picture->type == RN_PICTURE_U8)
            picture->bytes[at * channels + c] =
                erasing->is_noise ? (uint8_t)rn_draw_below(&noise, 256) : erasing->bytes[c];
        else
            picture->values[c * pixels + at] =
                erasing->is_noise ? (float)rn_draw_normal(&noise) : erasing->values[c];
}

/* Numbers of noise that a channel of a pixel takes at most. */
#define NUMBERS 2

static rn_status apply(const void *state, rn_draw draw, rn_window wanted, rn_picture *picture,
                       rn_picture *spare)
{
    (void)wanted;
    (void)spare;
    rn_window erased = draw_rectangle(state, &draw, picture->full), here = picture->window;
    for (int64_t y = 0; y < erased.height; y++)
        for (int64_t x = 0; x < erased.width; x++) {
            const rn_window pixel = { erased.top + y, erased.left + x, 1, 1 };
            rn_draw noise = draw;
            noise.next += (uint32_t)((y * erased.width + x) * picture->channels * NUMBERS);
            if (rn_window_contains(here, pixel))
                erase_pixel(state, noise, picture,
                            (pixel.top - here.top) * here.width + pixel.left - here.left);
        }
    return RN_OK;
}

static const rn_attr attrs[] = {
    RN_ATTR_ROW(FLOAT, "probability", "0.5", 0, 1, "share of 1", NULL,
                "share of the pictures that are erased"),
    RN_ATTR_ROW(CHOICE, "fill", "constant", 0, 0, "", "constant|mean|noise",
                "what is written: value, the mean, or random numbers: bytes from 0 to 255 before "
                "normalise, normal ones after it"),
};

const rn_transform_kind rn_transform_random_erasing = {
    .name = "random_erasing",
    .help = "overwrites a rectangle of random area and ratio",
    .attrs = attrs,
    .n_attrs = sizeof attrs / sizeof *attrs,
    .arrays = arrays,
    .n_arrays = sizeof arrays / sizeof *arrays,
    .types = RN_PICTURE_U8 | RN_PICTURE_F32,
    .state_size = sizeof(struct random_erasing),
    .init = init,
    .clear = clear,
    .needs = rn_window_same,
    .apply = apply,
};
