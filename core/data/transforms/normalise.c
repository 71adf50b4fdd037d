/* normalise.c: PyTorch's ToTensor and Normalize: (byte / 255 - mean) / std, in float. Floats are
 * taken as they are. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/transforms/kind.h"

struct normalise {
    int64_t channels;
    float *mean, *std; /* channels */
    float *table;      /* channels * 256: a byte's value */
};

static const rn_transform_array arrays[] = {
    { RN_ATTR_ROW(FLOAT, "mean", NULL, -1000, 1000, "of pixels from 0 to 1", NULL,
                  "subtracted; one number, or one for each channel; default: data.mean"),
      0 },
    { RN_ATTR_ROW(FLOAT, "std", NULL, 1e-6, 1000, "of pixels from 0 to 1", NULL,
                  "divides; one number, or one for each channel; default: data.std"),
      0 },
};

/* One number stands for all channels. */
static void fill_in(struct normalise *normalise, const double *mean, int64_t n_mean,
                    const double *std, int64_t n_std)
{
    for (int64_t c = 0; c < normalise->channels; c++) {
        float center = (float)mean[n_mean == 1 ? 0 : c];
        float scale = (float)std[n_std == 1 ? 0 : c];
        normalise->mean[c] = center;
        normalise->std[c] = scale;
        for (int value = 0; value < 256; value++)
            normalise->table[c * 256 + value] = ((float)value / 255.0f - center) / scale;
    }
}

static rn_status init(void *state, const rn_attrs *attrs, const rn_transform_site *site)
{
    (void)attrs;
    struct normalise *normalise = state;
    size_t channels = (size_t)site->channels;
    int64_t n_mean = site->n_mean, n_std = site->n_std;
    double *mean = calloc(2 * channels, sizeof *mean), *std = mean + channels;
    rn_status status = RN_OK;
    normalise->channels = site->channels;
    normalise->mean = calloc(channels, sizeof *normalise->mean);
    normalise->std = calloc(channels, sizeof *normalise->std);
    normalise->table = calloc(channels * 256, sizeof *normalise->table);
    if (!mean || !normalise->mean || !normalise->std || !normalise->table) {
        status = rn_fail(RN_E_NOMEM, "not enough memory to normalise pictures");
        goto done;
    }
    memcpy(mean, site->mean, (size_t)n_mean * sizeof *mean);
    memcpy(std, site->std, (size_t)n_std * sizeof *std);
    status = rn_transform_read_array(site, &arrays[0], mean, &n_mean);
    if (status)
        goto done;
    status = rn_transform_read_array(site, &arrays[1], std, &n_std);
    if (status)
        goto done;
    fill_in(normalise, mean, n_mean, std, n_std);
done:
    free(mean);
    return status;
}

static void clear(void *state)
{
    struct normalise *normalise = state;
    free(normalise->mean);
    free(normalise->std);
    free(normalise->table);
}

/* The place of the first wanted pixel of row y among those that are here. */
static int64_t row_place(const rn_picture *picture, rn_window wanted, int64_t y)
{
    return (wanted.top - picture->window.top + y) * picture->window.width + wanted.left -
           picture->window.left;
}

static void normalise_bytes(const struct normalise *normalise, rn_window wanted,
                            const rn_picture *picture, float *to)
{
    int64_t channels = picture->channels;
    for (int64_t y = 0; y < wanted.height; y++)
        for (int64_t c = 0; c < channels; c++) {
            const uint8_t *from = picture->bytes + row_place(picture, wanted, y) * channels + c;
            const float *table = normalise->table + c * 256;
            float *row = to + (c * wanted.height + y) * wanted.width;
            for (int64_t x = 0; x < wanted.width; x++)
                row[x] = table[from[x * channels]];
        }
}

const float *rn_transform_byte_values(const void *normalise_state)
{
    return ((const struct normalise *)normalise_state)->table;
}

static void normalise_floats(const struct normalise *normalise, rn_window wanted,
                             const rn_picture *picture, float *to)
{
    int64_t pixels = picture->window.height * picture->window.width;
    for (int64_t c = 0; c < picture->channels; c++)
        for (int64_t y = 0; y < wanted.height; y++) {
            const float *from = picture->values + c * pixels + row_place(picture, wanted, y);
            float *row = to + (c * wanted.height + y) * wanted.width;
            for (int64_t x = 0; x < wanted.width; x++)
                row[x] = (from[x] - normalise->mean[c]) / normalise->std[c];
        }
}

static rn_status apply(const void *state, rn_draw draw, rn_window wanted, rn_picture *picture,
                       rn_picture *spare)
{
    (void)draw;
    rn_status status =
        rn_picture_make_window(spare, RN_PICTURE_F32, picture->channels, picture->full, wanted);
    if (status)
        return status;
    if (picture->type == RN_PICTURE_U8)
        normalise_bytes(state, wanted, picture, spare->values);
    else
        normalise_floats(state, wanted, picture, spare->values);
    rn_picture_swap(picture, spare);
    return RN_OK;
}

const rn_transform_kind rn_transform_normalise = {
    .name = "normalise",
    .help = "subtracts the mean and divides by the standard deviation; what follows gets floats",
    .arrays = arrays,
    .n_arrays = sizeof arrays / sizeof *arrays,
    .types = RN_PICTURE_U8 | RN_PICTURE_F32,
    .keeps_input = true,
    .state_size = sizeof(struct normalise),
    .init = init,
    .clear = clear,
    .needs = rn_window_same,
    .apply = apply,
};
