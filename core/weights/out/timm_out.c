/* timm_out.c: a folder that timm.create_model("local-dir:FOLDER") takes: config.json as
 * timm.models.save_for_hf writes it, and weights with torchvision's names. */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "weights/out/hub.h"

#define NAME "timm"
#define N_STAGES 4
#define STEM_CHANNELS 64

/* The networks that timm knows by a name. A form that is none of them takes the first one of its
 * block, with arguments. */
typedef struct architecture {
    const char *name;
    rn_form_block block;
    int64_t depth[N_STAGES];
    int64_t cardinality, base_width;
} architecture;

static const architecture architectures[] = {
    { "resnet18", RN_FORM_BASIC, { 2, 2, 2, 2 }, 1, 64 },
    { "resnet34", RN_FORM_BASIC, { 3, 4, 6, 3 }, 1, 64 },
    { "resnet50", RN_FORM_BOTTLENECK, { 3, 4, 6, 3 }, 1, 64 },
    { "resnet101", RN_FORM_BOTTLENECK, { 3, 4, 23, 3 }, 1, 64 },
    { "resnet152", RN_FORM_BOTTLENECK, { 3, 8, 36, 3 }, 1, 64 },
    { "wide_resnet50_2", RN_FORM_BOTTLENECK, { 3, 4, 6, 3 }, 1, 128 },
    { "wide_resnet101_2", RN_FORM_BOTTLENECK, { 3, 4, 23, 3 }, 1, 128 },
    { "resnext50_32x4d", RN_FORM_RESNEXT, { 3, 4, 6, 3 }, 32, 4 },
    { "resnext101_32x4d", RN_FORM_RESNEXT, { 3, 4, 23, 3 }, 32, 4 },
    { "resnext101_32x8d", RN_FORM_RESNEXT, { 3, 4, 23, 3 }, 32, 8 },
};
enum { N_ARCHITECTURES = sizeof architectures / sizeof *architectures };

static const int64_t usual_channels[N_STAGES] = { 64, 128, 256, 512 };

static int64_t cardinality_of(const rn_form *form)
{
    return form->block == RN_FORM_RESNEXT ? form->cardinality : 1;
}

/* timm's width of a bottleneck: channels * base_width / 64 * cardinality. */
static double base_width_of(const rn_form *form)
{
    if (form->block == RN_FORM_RESNEXT)
        return (double)form->group_width;
    return form->block == RN_FORM_BOTTLENECK ? 64 * form->width_factor : 64;
}

static rn_status check_form(const rn_form *form)
{
    double width = base_width_of(form);
    if (form->n_stages != N_STAGES)
        return rn_hub_fail(NAME, "other than 4 stages");
    if (form->stem_channels != STEM_CHANNELS)
        return rn_hub_fail(NAME, "other than 64 channels in the stem");
    if (form->stride_on_1x1)
        return rn_hub_fail(NAME, "the stride on the 1x1 convolution");
    if (form->first_stride != 1)
        return rn_hub_fail(NAME, "a stride in the first stage");
    return width == floor(width) ? RN_OK : rn_hub_fail(NAME, "this width_factor");
}

static bool is_exactly(const rn_form *form, const architecture *a)
{
    return memcmp(form->depth, a->depth, sizeof a->depth) == 0 &&
           memcmp(form->channels, usual_channels, sizeof usual_channels) == 0 &&
           cardinality_of(form) == a->cardinality && base_width_of(form) == (double)a->base_width;
}

/* Sets *exact where the architecture needs no arguments. */
static const architecture *find_architecture(const rn_form *form, bool *exact)
{
    const architecture *first = NULL;
    *exact = true;
    for (int i = 0; i < N_ARCHITECTURES; i++) {
        if (architectures[i].block != form->block)
            continue;
        if (is_exactly(form, &architectures[i]))
            return &architectures[i];
        first = first ? first : &architectures[i];
    }
    *exact = false;
    return first;
}

static json_t *model_args(const rn_form *form, bool exact)
{
    json_t *args = json_pack("{s:I, s:I}", "num_classes", (json_int_t)form->classes, "in_chans",
                             (json_int_t)form->input_channels);
    if (exact || !args)
        return args;
    json_object_set_new(args, "layers", rn_hub_numbers(form->depth, N_STAGES, 1));
    json_object_set_new(args, "channels", rn_hub_numbers(form->channels, N_STAGES, 1));
    if (form->block == RN_FORM_BASIC)
        return args;
    json_object_set_new(args, "cardinality", json_integer(cardinality_of(form)));
    json_object_set_new(args, "base_width", json_integer((json_int_t)base_width_of(form)));
    return args;
}

/* The share of the resized side that is cropped, with few digits: timm resizes to
 * floor(side / share). */
static double crop_share(const rn_pictures *pictures)
{
    double side = (double)(pictures->height > pictures->width ? pictures->height : pictures->width);
    for (double unit = 1e2; unit < 1e9 && pictures->resize; unit *= 10) {
        double share = rint(side / (double)pictures->resize * unit) / unit;
        if (floor(side / share) == (double)pictures->resize)
            return share;
    }
    return pictures->resize ? side / ((double)pictures->resize + 0.5) : 1;
}

static json_t *pretrained_cfg(const rn_hub *hub)
{
    const rn_pictures *p = &hub->pictures;
    return json_pack("{s:[I, I, I], s:b, s:s, s:f, s:s, s:o, s:o, s:I, s:s, s:s}", "input_size",
                     (json_int_t)p->channels, (json_int_t)p->height, (json_int_t)p->width,
                     "fixed_input_size", 0, "interpolation", p->interpolation, "crop_pct",
                     crop_share(p), "crop_mode", p->resize ? "center" : "squash", "mean",
                     rn_pictures_json(p->mean, p->channels), "std",
                     rn_pictures_json(p->std, p->channels), "num_classes",
                     (json_int_t)hub->form.classes, "first_conv", "conv1", "classifier", "fc");
}

static json_t *settings(const rn_hub *hub)
{
    const rn_form *form = &hub->form;
    bool exact;
    const architecture *a = find_architecture(form, &exact);
    int64_t features = form->channels[N_STAGES - 1] * (form->block == RN_FORM_BASIC ? 1 : 4);
    json_t *all = json_pack("{s:s, s:I, s:I, s:s, s:o, s:o}", "architecture", a->name,
                            "num_classes", (json_int_t)form->classes, "num_features",
                            (json_int_t)features, "global_pool", "avg", "model_args",
                            model_args(form, exact), "pretrained_cfg", pretrained_cfg(hub));
    if (all && hub->classes)
        json_object_set(all, "label_names", hub->classes);
    return all;
}

rn_status rn_out_timm(const rn_out_model *model, const char *path)
{
    rn_hub hub = { .classes = NULL };
    rn_status status = rn_hub_describe(model, NAME, &hub);
    if (!status)
        status = check_form(&hub.form);
    if (!status)
        status = rn_hub_write_tensors(path, model->tensors, model->n_tensors);
    if (!status)
        status = rn_hub_write(path, "config.json", settings(&hub));
    rn_hub_clear(&hub);
    return status;
}
