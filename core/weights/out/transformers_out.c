/* transformers_out.c: a folder that transformers' ResNetForImageClassification.from_pretrained
 * takes, with the preprocessing for AutoImageProcessor. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "weights/names.h"
#include "weights/out/hub.h"

#define NAME "transformers"

static rn_status check_form(const rn_form *form)
{
    if (form->block == RN_FORM_RESNEXT)
        return rn_hub_fail(NAME, "groups (ResNeXt)");
    if (form->block == RN_FORM_BOTTLENECK && form->width_factor != 1)
        return rn_hub_fail(NAME, "wide bottlenecks");
    if (form->first_stride > 2)
        return rn_hub_fail(NAME, "this stride in the first stage");
    return RN_OK;
}

/* Adds id2label and label2id, or their number alone. Of equal names the last one counts. */
static void add_classes(json_t *all, const rn_hub *hub)
{
    json_t *names = json_object(), *numbers = json_object();
    size_t i;
    json_t *name;
    char number[24];
    json_array_foreach(hub->classes, i, name)
    {
        snprintf(number, sizeof number, "%zu", i);
        json_object_set(names, number, name);
        json_object_set_new(numbers, json_string_value(name), json_integer((json_int_t)i));
    }
    if (hub->classes) {
        json_object_set(all, "id2label", names);
        json_object_set(all, "label2id", numbers);
    } else {
        json_object_set_new(all, "num_labels", json_integer(hub->form.classes));
    }
    json_decref(names);
    json_decref(numbers);
}

static json_t *settings(const rn_hub *hub)
{
    const rn_form *form = &hub->form;
    bool is_basic = form->block == RN_FORM_BASIC;
    json_t *all = json_pack("{s:[s], s:s, s:s, s:I, s:I, s:o, s:o, s:s, s:s, s:b, s:b}",
                            "architectures", "ResNetForImageClassification", "model_type", "resnet",
                            "dtype", "float32", "num_channels", (json_int_t)form->input_channels,
                            "embedding_size", (json_int_t)form->stem_channels, "hidden_sizes",
                            rn_hub_numbers(form->channels, form->n_stages, is_basic ? 1 : 4),
                            "depths", rn_hub_numbers(form->depth, form->n_stages, 1), "layer_type",
                            is_basic ? "basic" : "bottleneck", "hidden_act", "relu",
                            "downsample_in_first_stage", form->first_stride == 2,
                            "downsample_in_bottleneck", form->stride_on_1x1);
    if (all)
        add_classes(all, hub);
    return all;
}

/* Pillow's number of a filter. */
static int filter_number(const char *interpolation)
{
    static const char *const names[] = { "nearest", "lanczos", "bilinear", "bicubic", "box" };
    for (int i = 0; i < 5; i++)
        if (strcmp(names[i], interpolation) == 0)
            return i;
    return 2;
}

static json_t *preprocessing(const rn_pictures *p)
{
    json_t *all =
        json_pack("{s:s, s:b, s:i, s:b, s:b, s:f, s:b, s:o, s:o, s:b}", "image_processor_type",
                  "BitImageProcessor", "do_resize", 1, "resample", filter_number(p->interpolation),
                  "do_center_crop", p->resize != 0, "do_rescale", 1, "rescale_factor", 1.0 / 255,
                  "do_normalize", 1, "image_mean", rn_pictures_json(p->mean, p->channels),
                  "image_std", rn_pictures_json(p->std, p->channels), "do_convert_rgb",
                  p->channels == 3);
    json_t *input =
        json_pack("{s:I, s:I}", "height", (json_int_t)p->height, "width", (json_int_t)p->width);
    if (!p->resize) {
        json_object_set_new(all, "size", input);
        return all;
    }
    json_object_set_new(all, "size", json_pack("{s:I}", "shortest_edge", (json_int_t)p->resize));
    json_object_set_new(all, "crop_size", input);
    return all;
}

static rn_status rename_tensors(const rn_out_model *model, rn_named_tensor *renamed)
{
    const rn_naming *naming = rn_naming_by_name(NAME);
    rn_pool *pool = model->weights->pool;
    for (int64_t i = 0; i < model->n_tensors; i++) {
        renamed[i] = model->tensors[i];
        renamed[i].name = rn_naming_reverse(naming, renamed[i].name, pool);
        if (!renamed[i].name)
            return rn_fail(RN_E_DATA, "--to=" NAME ": there is no name for %s",
                           model->tensors[i].name);
    }
    return RN_OK;
}

static rn_status write_tensors(const rn_out_model *model, const char *path)
{
    rn_named_tensor *renamed = calloc((size_t)model->n_tensors + 1, sizeof *renamed);
    if (!renamed)
        return rn_fail(RN_E_NOMEM, "no memory for the weights");
    rn_status status = rename_tensors(model, renamed);
    if (!status)
        status = rn_hub_write_tensors(path, renamed, model->n_tensors);
    free(renamed);
    return status;
}

rn_status rn_out_transformers(const rn_out_model *model, const char *path)
{
    rn_hub hub = { .classes = NULL };
    rn_status status = rn_hub_describe(model, NAME, &hub);
    if (!status)
        status = check_form(&hub.form);
    if (!status)
        status = write_tensors(model, path);
    if (!status)
        status = rn_hub_write(path, "config.json", settings(&hub));
    if (!status)
        status = rn_hub_write(path, "preprocessor_config.json", preprocessing(&hub.pictures));
    rn_hub_clear(&hub);
    return status;
}
