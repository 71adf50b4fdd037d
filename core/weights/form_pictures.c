/* form_pictures.c: how transformers prepares pictures, as a resize and a crop of a cfg. */
#include "weights/form_pictures.h"

#include <math.h>
#include <string.h>

#include "base/status.h"

/* From this size on, ConvNextImageProcessor resizes both sides and crops nothing. */
#define UNCROPPED_SIZE 384

/* Pillow's numbers of filters. */
static const char *const filters[] = { "nearest", NULL, "bilinear", "bicubic", "box" };
#define N_FILTERS ((int64_t)(sizeof filters / sizeof *filters))

rn_status rn_form_check_means(const rn_settings *settings, const rn_form *form)
{
    for (int64_t i = 0; i < form->n_means; i++)
        if (!isfinite(form->mean[i]) || !isfinite(form->std[i]) || form->std[i] <= 0)
            return rn_fail(RN_E_DATA,
                           "%s/%s: the mean %g with the standard deviation %g; expected numbers, "
                           "the second above 0",
                           settings->path, settings->file, form->mean[i], form->std[i]);
    return RN_OK;
}

static rn_status read_filter(const rn_settings *s, rn_form *form)
{
    const json_t *value = rn_settings_get(s, "resample");
    int64_t number = json_integer_value(value);
    if (!value)
        return RN_OK;
    if (!json_is_integer(value) || number < 0 || number >= N_FILTERS || !filters[number])
        return rn_settings_fail(s, "resample", "0 (nearest), 2 (bilinear), 3 (bicubic) or 4 (box)");
    form->interpolation = filters[number];
    return RN_OK;
}

/* "size" or "crop_size": a number, { shortest_edge } or { height, width }. */
typedef struct extent {
    int64_t edge, height, width; /* 0: not given */
} extent;

static rn_status read_extent(const rn_settings *s, const char *key, extent *out)
{
    const json_t *value = rn_settings_get(s, key);
    *out = (extent){ 0 };
    if (!value || !json_is_object(value))
        return rn_settings_count(s, key, RN_FORM_MAX_PIXELS, &out->edge);
    const rn_settings inner = { s->path, s->file, value };
    rn_status status = rn_settings_count(&inner, "shortest_edge", RN_FORM_MAX_PIXELS, &out->edge);
    if (!status)
        status = rn_settings_count(&inner, "height", RN_FORM_MAX_PIXELS, &out->height);
    if (!status)
        status = rn_settings_count(&inner, "width", RN_FORM_MAX_PIXELS, &out->width);
    if (!status && !out->edge && (!out->height || !out->width))
        return rn_settings_fail(s, key, "shortest_edge, or height and width");
    return status;
}

/* A crop from the centre of what was resized by the shorter side. */
static rn_status set_crop(const rn_settings *s, const extent *size, const extent *crop,
                          rn_form *form)
{
    form->height = crop->edge ? crop->edge : crop->height;
    form->width = crop->edge ? crop->edge : crop->width;
    int64_t longer = form->height > form->width ? form->height : form->width;
    if (!size->edge || longer > size->edge ||
        (double)longer < RN_FORM_MIN_SHARE * (double)(size->edge + 1))
        return rn_settings_fail(s, "crop_size",
                                "a crop that fits in the size of the shorter side, and is no "
                                "tenth of it");
    /* The cfg divides by the share and rounds down: half a pixel more gives the size exactly. */
    form->crop_share = (double)longer / ((double)size->edge + (longer < size->edge ? 0.5 : 0));
    return RN_OK;
}

/* Without crop_size: ConvNextImageProcessor has crop_pct, others resize both sides. */
static rn_status set_size(const rn_settings *s, const extent *size, rn_form *form)
{
    const char *type = "";
    double share = 0.875;
    rn_status status = rn_settings_text(s, "feature_extractor_type", &type);
    if (!status)
        status = rn_settings_text(s, "image_processor_type", &type);
    if (!status)
        status = rn_settings_number(s, "crop_pct", &share);
    if (status)
        return status;
    if (!(share >= RN_FORM_MIN_SHARE && share <= 1))
        return rn_settings_fail(s, "crop_pct", "a share from %g to 1", RN_FORM_MIN_SHARE);
    bool crops = rn_settings_get(s, "crop_pct") || strncmp(type, "ConvNext", 8) == 0;
    form->height = size->edge ? size->edge : size->height;
    form->width = size->edge ? size->edge : size->width;
    form->crop_share = crops && size->edge && size->edge < UNCROPPED_SIZE ? share : 0;
    return RN_OK;
}

static rn_status read_size(const rn_settings *s, rn_form *form)
{
    extent size, crop;
    bool resizes = true, crops = rn_settings_get(s, "crop_size") != NULL;
    rn_status status = rn_settings_bool(s, "do_resize", &resizes);
    if (!status)
        status = rn_settings_bool(s, "do_center_crop", &crops);
    if (!status)
        status = read_extent(s, "size", &size);
    if (!status)
        status = read_extent(s, "crop_size", &crop);
    if (status)
        return status;
    if (!resizes)
        return rn_settings_fail(s, "do_resize", "true");
    if (crops && (crop.edge || crop.height))
        return set_crop(s, &size, &crop, form);
    return size.edge || size.height ? set_size(s, &size, form) : RN_OK;
}

rn_status rn_form_read_preprocessor(const rn_settings *s, rn_form *form)
{
    bool rescales = true, normalises = true;
    double factor = 1.0 / 255;
    rn_status status = read_filter(s, form);
    if (!status)
        status = read_size(s, form);
    if (!status)
        status = rn_settings_bool(s, "do_rescale", &rescales);
    if (!status)
        status = rn_settings_bool(s, "do_normalize", &normalises);
    if (!status)
        status = rn_settings_number(s, "rescale_factor", &factor);
    if (status)
        return status;
    if (!rescales || fabs(factor * 255 - 1) > 1e-6)
        return rn_settings_fail(s, rescales ? "rescale_factor" : "do_rescale",
                                rescales ? "1/255" : "true");
    for (int64_t i = 0; i < form->n_means && !normalises; i++) {
        form->mean[i] = 0;
        form->std[i] = 1;
    }
    if (normalises)
        status = rn_settings_numbers(s, "image_mean", form->n_means, form->mean);
    if (!status && normalises)
        status = rn_settings_numbers(s, "image_std", form->n_means, form->std);
    form->knows_pictures = true;
    return status ? status : rn_form_check_means(s, form);
}
