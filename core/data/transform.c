/* transform.c: resizes an image and normalises it by a table of 256 values per channel. */
#include "data/transform.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/status.h"
#include "data/resize.h"

struct rn_transform {
    int64_t channels, from_plane, to_plane; /* pixels per channel */
    rn_resize *resize;                      /* NULL if the sizes are equal */
    float *table;                           /* channels * 256: a byte's normalised value */
    uint8_t *scratch;                       /* for rn_resize_plane */
    uint8_t *resized;                       /* one channel */
};

static rn_status check_params(const rn_transform_params *p)
{
    if ((p->n_mean != 1 && p->n_mean != p->channels) || (p->n_std != 1 && p->n_std != p->channels))
        return rn_fail(RN_E_CONFIG,
                       "data: %" PRId64 " means and %" PRId64
                       " standard deviations for images of %" PRId64
                       " channels; expected one of each, or one for each channel",
                       p->n_mean, p->n_std, p->channels);
    for (int64_t i = 0; i < p->n_mean; i++)
        if (!isfinite(p->mean[i]))
            return rn_fail(RN_E_CONFIG, "data: a mean is %g, expected a finite number", p->mean[i]);
    for (int64_t i = 0; i < p->n_std; i++)
        if (!isfinite(p->std[i]) || p->std[i] <= 0)
            return rn_fail(RN_E_CONFIG, "data: a standard deviation is %g, expected more than 0",
                           p->std[i]);
    return RN_OK;
}

static void fill_table(float *table, const rn_transform_params *params)
{
    for (int64_t c = 0; c < params->channels; c++) {
        float mean = (float)params->mean[params->n_mean == 1 ? 0 : c];
        float std = (float)params->std[params->n_std == 1 ? 0 : c];
        for (int value = 0; value < 256; value++)
            table[c * 256 + value] = ((float)value / 255.0f - mean) / std;
    }
}

rn_status rn_transform_create(const rn_transform_params *params, rn_transform **out)
{
    *out = NULL;
    rn_status status = check_params(params);
    if (status)
        return status;
    rn_transform *transform = calloc(1, sizeof *transform);
    if (!transform)
        return rn_fail(RN_E_NOMEM, "not enough memory to prepare images");
    transform->channels = params->channels;
    transform->from_plane = params->from_height * params->from_width;
    if (params->from_height != params->to_height || params->from_width != params->to_width)
        status = rn_resize_create(params->from_height, params->from_width, params->to_height,
                                  params->to_width, &transform->resize);
    if (status)
        goto done;
    transform->to_plane = params->to_height * params->to_width;
    transform->table = calloc((size_t)params->channels * 256, sizeof *transform->table);
    if (transform->resize) {
        transform->scratch = malloc((size_t)(params->from_height * params->to_width));
        transform->resized = malloc((size_t)transform->to_plane);
    }
    if (!transform->table || (transform->resize && (!transform->scratch || !transform->resized))) {
        status = rn_fail(RN_E_NOMEM,
                         "not enough memory to prepare images of %" PRId64 "x%" PRId64 " pixels",
                         params->to_height, params->to_width);
        goto done;
    }
    fill_table(transform->table, params);
    *out = transform;
    transform = NULL;
done:
    rn_transform_destroy(transform);
    return status;
}

void rn_transform_image(rn_transform *transform, const uint8_t *from, float *to)
{
    for (int64_t c = 0; c < transform->channels; c++) {
        const float *table = transform->table + c * 256;
        const uint8_t *plane = from + c * transform->from_plane;
        float *values = to + c * transform->to_plane;
        if (transform->resize) {
            rn_resize_plane(transform->resize, plane, transform->resized, transform->scratch);
            plane = transform->resized;
        }
        for (int64_t i = 0; i < transform->to_plane; i++)
            values[i] = table[plane[i]];
    }
}

void rn_transform_destroy(rn_transform *transform)
{
    if (!transform)
        return;
    rn_resize_destroy(transform->resize);
    free(transform->table);
    free(transform->scratch);
    free(transform->resized);
    free(transform);
}
