/* pictures.c: the resize, the crop and the normalisation of a list of transforms. */
#include "weights/out/pictures.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "data/pipeline_parts.h"

static double number_of(const rn_tree *value)
{
    return value->type == RN_TREE_INT ? (double)value->int_value : value->float_value;
}

/* One number, or one for each channel. */
static void read_numbers(const rn_tree *step, const char *key, const rn_pictures *pictures,
                         double *to)
{
    const rn_tree *value = rn_tree_get(step, key);
    for (int64_t c = 0; value && c < pictures->channels; c++) {
        bool is_one = value->n_children == 0;
        if (is_one || c < value->n_children)
            to[c] = number_of(is_one ? value : value->children[c]);
    }
}

static void read_resize(const rn_tree *step, rn_pictures *pictures)
{
    const rn_tree *size = rn_tree_get(step, "size"), *kind = rn_tree_get(step, "interpolation");
    pictures->resize = size && size->type == RN_TREE_INT ? size->int_value : 0;
    if (kind && kind->text_value)
        snprintf(pictures->interpolation, sizeof pictures->interpolation, "%s", kind->text_value);
}

/* A crop of another size than the network's input is refused when the pipeline is made. */
static bool read_step(const rn_tree *step, rn_pictures *pictures)
{
    const rn_tree *kind = rn_tree_get(step, "transform");
    const char *name = kind && kind->text_value ? kind->text_value : "";
    if (strcmp(name, "resize") == 0) {
        read_resize(step, pictures);
    } else if (strcmp(name, "normalise") == 0) {
        read_numbers(step, "mean", pictures, pictures->mean);
        read_numbers(step, "std", pictures, pictures->std);
    } else {
        return strcmp(name, "center_crop") == 0;
    }
    return true;
}

static void read_list(const rn_tree *list, const rn_config *config, rn_pictures *pictures)
{
    for (int i = 0; i < list->n_children; i++)
        if (!read_step(list->children[i], pictures))
            rn_log(RN_LOG_WARNING,
                   "%s:%d: pictures are changed in a way that the other program is not told of",
                   config->path, list->children[i]->line);
}

static void read_defaults(const rn_config *config, rn_pictures *pictures)
{
    *pictures = (rn_pictures){ .channels = config->network.channels,
                               .height = config->network.height,
                               .width = config->network.width,
                               .interpolation = "bilinear" };
    for (int64_t c = 0; c < RN_PICTURES_MAX_CHANNELS; c++) {
        pictures->mean[c] = config->data.mean[config->data.n_mean == 1 ? 0 : c];
        pictures->std[c] = config->data.std[config->data.n_std == 1 ? 0 : c];
    }
}

rn_status rn_pictures_read(const rn_config *config, rn_pictures *pictures)
{
    rn_tree *made = NULL;
    rn_pipeline *pipeline = NULL;
    if (config->network.channels > RN_PICTURES_MAX_CHANNELS)
        return rn_fail(RN_E_DATA, "images of %lld channels are no pictures; expected at most %d",
                       (long long)config->network.channels, RN_PICTURES_MAX_CHANNELS);
    const rn_tree *list = rn_tree_get(config->data.transforms, "validation");
    const rn_size input = { config->network.height, config->network.width };
    read_defaults(config, pictures);
    if (!list)
        return RN_OK;
    rn_status status = rn_pipeline_create(config, RN_SPLIT_VALIDATION, config->network.channels,
                                          (rn_size){ 0 }, &pipeline);
    if (status)
        return status;
    rn_pipeline_destroy(pipeline);
    if (list->type != RN_TREE_LIST)
        status = rn_pipeline_preset(list, input, &made);
    if (!status)
        read_list(made ? rn_tree_get(made, "list") : list, config, pictures);
    rn_tree_destroy(made);
    return status;
}

json_t *rn_pictures_json(const double *values, int64_t channels)
{
    json_t *list = json_array();
    for (int64_t c = 0; c < channels; c++)
        json_array_append_new(list, json_real(values[c]));
    return list;
}
