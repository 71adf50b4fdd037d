/* form_settings.c: what config.json tells of a network's form: timm's, and transformers'. */
#include "weights/form_settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "weights/form_pictures.h"
#include "weights/settings.h"

#define FILE_NAME "config.json"

static int64_t expansion(const rn_form *form)
{
    return form->block == RN_FORM_BASIC ? 1 : 4;
}

/* ---- The names of the classes ---- */

static rn_status set_class_names(rn_weights *weights, const json_t *names, rn_form *form)
{
    char *text = json_dumps(names, JSON_COMPACT);
    form->class_names = text ? rn_pool_text(weights->pool, text, strlen(text)) : NULL;
    free(text);
    return form->class_names ? RN_OK : rn_weights_no_memory(weights);
}

/* timm's label_names: an array. */
static rn_status read_label_names(rn_weights *weights, const rn_settings *s, rn_form *form)
{
    const json_t *names = rn_settings_get(s, "label_names");
    bool fits = json_array_size(names) == (size_t)form->classes;
    if (!names)
        return RN_OK;
    for (size_t i = 0; i < json_array_size(names) && fits; i++)
        fits = json_is_string(json_array_get(names, i));
    if (!fits)
        return rn_settings_fail(s, "label_names", "the names of the %" PRId64 " classes",
                                form->classes);
    return set_class_names(weights, names, form);
}

/* The name of a class in transformers' id2label; NULL: it has none. */
static const char *label_of(const json_t *labels, int64_t i)
{
    char key[24];
    snprintf(key, sizeof key, "%" PRId64, i);
    return json_string_value(json_object_get(labels, key));
}

/* transformers calls classes without names LABEL_0, LABEL_1, … */
static bool is_placeholder(const char *label, int64_t i)
{
    char name[32];
    snprintf(name, sizeof name, "LABEL_%" PRId64, i);
    return strcmp(label, name) == 0;
}

static rn_status read_id2label(rn_weights *weights, const rn_settings *s, rn_form *form)
{
    const json_t *labels = rn_settings_get(s, "id2label");
    bool fits = json_object_size(labels) == (size_t)form->classes;
    int64_t n_named = 0;
    if (!labels)
        return RN_OK;
    json_t *names = json_array();
    for (int64_t i = 0; i < form->classes && fits; i++) {
        const char *label = label_of(labels, i);
        fits = label != NULL;
        n_named += fits && !is_placeholder(label, i);
        if (fits)
            json_array_append_new(names, json_string(label));
    }
    rn_status status = RN_OK;
    if (!fits)
        status =
            rn_settings_fail(s, "id2label", "the names of the classes \"0\" to \"%" PRId64 "\"",
                             form->classes - 1);
    else if (n_named)
        status = set_class_names(weights, names, form);
    json_decref(names);
    return status;
}

/* ---- timm ---- */

/* timm's networks that consist of what the tensors tell: no other pooling, no other activation. */
static const char *const architectures[] = { "resnet18",
                                             "resnet26",
                                             "resnet34",
                                             "resnet50",
                                             "resnet101",
                                             "resnet152",
                                             "resnet200",
                                             "wide_resnet50_2",
                                             "wide_resnet101_2",
                                             "resnext50_32x4d",
                                             "resnext101_32x4d",
                                             "resnext101_64x4d",
                                             "resnext101_32x8d",
                                             "resnext101_32x16d",
                                             "resnext101_32x32d",
                                             "resnext101_32x48d",
                                             NULL };

static rn_status check_architecture(const rn_settings *s, const char *name)
{
    size_t length = strcspn(name, "."); /* resnet18.a1_in1k */
    for (int i = 0; architectures[i]; i++)
        if (strlen(architectures[i]) == length && strncmp(architectures[i], name, length) == 0)
            return RN_OK;
    return rn_settings_fail(s, "architecture",
                            "a resnet, wide_resnet or resnext of timm without additions, such as "
                            "\"resnet50\"; export the network as ONNX and give that");
}

/* Arguments of timm's ResNet that no tensor shows, and their only value. */
static const struct argument {
    const char *key, *only;
} arguments[] = {
    { "global_pool", "\"avg\"" },
    { "output_stride", "32" },
    { "stem_type", "\"\"" },
    { "replace_stem_pool", "false" },
    { "avg_down", "false" },
    { "down_kernel_size", "1" },
    { "block_reduce_first", "1" },
    { "act_layer", "\"relu\"" },
    { "norm_layer", "\"batchnorm2d\"" },
    { "aa_layer", "\"\"" },
    { "block_args", "{}" },
    { NULL, NULL },
};

static rn_status check_model_args(const rn_settings *s, const rn_form *form)
{
    int64_t layers = form->n_stages;
    rn_status status = rn_settings_expect_count(s, "num_classes", form->classes);
    if (!status)
        status = rn_settings_expect_count(s, "in_chans", form->input_channels);
    if (!status)
        status = rn_settings_expect_counts(s, "layers", layers, form->depth);
    if (!status)
        status = rn_settings_expect_counts(s, "channels", layers, form->channels);
    for (const struct argument *a = arguments; a->key && !status; a++)
        status = rn_settings_expect_only(s, a->key, a->only);
    return status;
}

static rn_status read_input_size(const rn_settings *s, rn_form *form)
{
    double size[3] = { (double)form->input_channels, (double)form->height, (double)form->width };
    rn_status status = rn_settings_numbers(s, "input_size", 3, size);
    bool fits = size[0] == (double)form->input_channels;
    for (int i = 1; i < 3 && fits; i++)
        fits = size[i] >= 1 && size[i] <= RN_FORM_MAX_PIXELS && size[i] == (double)(int64_t)size[i];
    if (status)
        return status;
    if (!fits)
        return rn_settings_fail(s, "input_size", "[%" PRId64 ", height, width]",
                                form->input_channels);
    form->height = (int64_t)size[1];
    form->width = (int64_t)size[2];
    return RN_OK;
}

static rn_status read_interpolation(const rn_settings *s, rn_form *form)
{
    static const char *const filters[] = { "nearest", "box", "bilinear", "bicubic" };
    const char *name = "bicubic";
    rn_status status = rn_settings_text(s, "interpolation", &name);
    for (size_t i = 0; i < sizeof filters / sizeof *filters && !status; i++)
        if (strcmp(filters[i], name) == 0) {
            form->interpolation = filters[i];
            return RN_OK;
        }
    return status ? status
                  : rn_settings_fail(s, "interpolation", "nearest, box, bilinear or bicubic");
}

static rn_status read_pretrained_cfg(const rn_settings *s, rn_form *form)
{
    const char *mode = "center";
    rn_status status = read_input_size(s, form);
    if (!status)
        status = rn_settings_numbers(s, "mean", form->n_means, form->mean);
    if (!status)
        status = rn_settings_numbers(s, "std", form->n_means, form->std);
    if (!status)
        status = rn_settings_number(s, "crop_pct", &form->crop_share);
    if (!status)
        status = read_interpolation(s, form);
    if (!status)
        status = rn_settings_text(s, "crop_mode", &mode);
    if (status)
        return status;
    if (!(form->crop_share >= RN_FORM_MIN_SHARE && form->crop_share <= 1))
        return rn_settings_fail(s, "crop_pct", "a share from %g to 1", RN_FORM_MIN_SHARE);
    if (strcmp(mode, "squash") == 0 && form->crop_share == 1)
        form->crop_share = 0;
    else if (strcmp(mode, "center") != 0)
        return rn_settings_fail(s, "crop_mode", "\"center\", or \"squash\" with crop_pct 1");
    form->knows_pictures = true;
    return rn_form_check_means(s, form);
}

static rn_status read_timm(rn_weights *weights, const rn_settings *s, rn_form *form)
{
    const char *architecture = NULL;
    rn_settings args = { s->path, FILE_NAME ": model_args", rn_settings_get(s, "model_args") };
    rn_settings pictures = { s->path, FILE_NAME ": pretrained_cfg",
                             rn_settings_get(s, "pretrained_cfg") };
    rn_status status = rn_settings_text(s, "architecture", &architecture);
    if (!status)
        status = check_architecture(s, architecture);
    if (!status)
        status = rn_settings_expect_count(s, "num_classes", form->classes);
    if (!status)
        status = read_label_names(weights, s, form);
    if (!status && args.object)
        status = check_model_args(&args, form);
    if (!status && pictures.object)
        status = read_pretrained_cfg(&pictures, form);
    form->knows_strides = true;
    return status;
}

/* ---- transformers ---- */

/* What the tensors tell as well. */
static rn_status check_transformers(const rn_settings *s, const rn_form *form)
{
    int64_t hidden[RN_FORM_MAX_STAGES];
    for (int32_t i = 0; i < form->n_stages; i++)
        hidden[i] = form->channels[i] * expansion(form);
    rn_status status = rn_settings_expect_counts(s, "hidden_sizes", form->n_stages, hidden);
    if (!status)
        status = rn_settings_expect_counts(s, "depths", form->n_stages, form->depth);
    if (!status)
        status = rn_settings_expect_count(s, "embedding_size", form->stem_channels);
    if (!status)
        status = rn_settings_expect_count(s, "num_channels", form->input_channels);
    if (!status)
        status = rn_settings_expect_count(s, "num_labels", form->classes);
    if (!status)
        status =
            rn_settings_expect_only(s, "layer_type",
                                    form->block == RN_FORM_BASIC ? "\"basic\"" : "\"bottleneck\"");
    return status ? status : rn_settings_expect_only(s, "hidden_act", "\"relu\"");
}

static rn_status read_transformers(rn_weights *weights, const rn_settings *s, rn_form *form)
{
    bool first = false, on_1x1 = false;
    rn_status status = rn_settings_expect_only(s, "model_type", "\"resnet\"");
    if (!status)
        status = check_transformers(s, form);
    if (!status)
        status = rn_settings_bool(s, "downsample_in_first_stage", &first);
    if (!status)
        status = rn_settings_bool(s, "downsample_in_bottleneck", &on_1x1);
    if (!status)
        status = read_id2label(weights, s, form);
    form->first_stride = first ? 2 : 1;
    form->shortcut = 'B';
    form->stride_on_1x1 = on_1x1;
    form->knows_strides = true;
    return status;
}

/* ---- Both ---- */

static rn_status read_config(rn_weights *weights, const rn_settings *s, rn_form *form)
{
    if (rn_settings_get(s, "architecture"))
        return read_timm(weights, s, form);
    if (rn_settings_get(s, "model_type"))
        return read_transformers(weights, s, form);
    return RN_OK;
}

/* Reads a text that is known to be a JSON object. */
static rn_status read_text(rn_weights *weights, const char *text, rn_form *form, bool is_config)
{
    json_t *object = json_loads(text, 0, NULL);
    const rn_settings s = { weights->path, is_config ? FILE_NAME : "preprocessor_config.json",
                            object };
    rn_status status = RN_OK;
    if (!object)
        return rn_weights_no_memory(weights);
    status = is_config ? read_config(weights, &s, form) : rn_form_read_preprocessor(&s, form);
    json_decref(object);
    return status;
}

rn_status rn_form_read_settings(rn_weights *weights, rn_form *form)
{
    rn_status status = RN_OK;
    if (weights->settings)
        status = read_text(weights, weights->settings, form, true);
    if (!status && weights->preprocessing)
        status = read_text(weights, weights->preprocessing, form, false);
    return status;
}
