/* form_write.c: the form of a residual network as a cfg, and what of it was assumed. */
#define _GNU_SOURCE /* open_memstream */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "weights/form.h"
#include "weights/form_regnet.h"

static const char *const blocks[] = {
    [RN_FORM_BASIC] = "residual/basic",
    [RN_FORM_BOTTLENECK] = "residual/bottleneck",
    [RN_FORM_RESNEXT] = "resnext",
    [RN_FORM_PREACT_BASIC] = "residual/preact_basic",
    [RN_FORM_PREACT_BOTTLENECK] = "residual/preact_bottleneck",
    [RN_FORM_BOOK] = "residual",
};

static bool is_bottleneck(const rn_form *form)
{
    return form->block == RN_FORM_BOTTLENECK || form->block == RN_FORM_PREACT_BOTTLENECK;
}

static bool is_preact(const rn_form *form)
{
    return form->block == RN_FORM_PREACT_BASIC || form->block == RN_FORM_PREACT_BOTTLENECK;
}

static void write_stem(FILE *out, const rn_form *form)
{
    bool is_book = form->block == RN_FORM_BOOK, is_imagenet = form->stem == RN_FORM_STEM_IMAGENET;
    fprintf(out,
            "    { block = \"conv2d\"; name = \"%s\"; channels = %" PRId64
            "; kernel = %d; stride = "
            "%d; padding = %d;%s },\n",
            is_book ? "net.0.0" : "conv1", form->stem_channels, is_imagenet ? 7 : 3,
            is_imagenet ? 2 : 1, is_imagenet ? 3 : 1, is_book ? " bias = true;" : "");
    if (!is_preact(form))
        fprintf(out,
                "    { block = \"batch_norm\"; name = \"%s\"; },\n    { block = \"relu\"; },\n",
                is_book ? "net.0.1" : "bn1");
    if (is_imagenet)
        fputs("    { block = \"max_pool\"; kernel = 3; stride = 2; padding = 1; },\n", out);
}

/* What the first block of a stage has beside the others. */
static void write_first(FILE *out, const rn_form *form, int32_t stage)
{
    int64_t stride = stage ? 2 : form->first_stride;
    bool changes = stage || form->stem_channels != form->channels[0];
    const char *projection = form->block == RN_FORM_BOOK && changes ? "use_1x1conv = true; " : "";
    if (stride == 1 && !*projection)
        return;
    fprintf(out, "\n      first = { %s", projection);
    if (stride != 1)
        fprintf(out, "stride = %" PRId64 "; ", stride);
    fputs("};", out);
}

static void write_stage(FILE *out, const rn_form *form, int32_t stage)
{
    fprintf(out,
            "    { stage = \"%s%d\"; block = \"%s\"; repeat = %" PRId64 "; channels = %" PRId64 ";",
            form->block == RN_FORM_BOOK ? "net." : "layer", stage + 1, blocks[form->block],
            form->depth[stage], form->channels[stage]);
    if (form->block == RN_FORM_RESNEXT)
        fprintf(out, "\n      cardinality = %" PRId64 "; group_width = %" PRId64 ";",
                form->cardinality, form->group_width);
    if (is_bottleneck(form) && form->width_factor != 1)
        fprintf(out, "\n      width_factor = %.17g;", form->width_factor);
    if (is_bottleneck(form) && form->stride_on_1x1)
        fputs("\n      stride_on = \"1x1\";", out);
    if (form->shortcut != 'B')
        fprintf(out, "\n      shortcut = \"%c\";", form->shortcut);
    write_first(out, form, stage);
    fputs(" },\n", out);
}

static void write_residual(FILE *out, const rn_form *form)
{
    write_stem(out, form);
    for (int32_t i = 0; i < form->n_stages; i++)
        write_stage(out, form, i);
}

static void write_head(FILE *out, const rn_form *form)
{
    if (is_preact(form) && form->ends_in_norm)
        fputs("    { block = \"batch_norm\"; name = \"bn\"; },\n    { block = \"relu\"; },\n", out);
    fputs("    { block = \"global_avg_pool\"; },\n    { block = \"flatten\"; },\n", out);
    if (form->block == RN_FORM_BOOK)
        fprintf(out, "    { block = \"linear\"; name = \"net.%d.2\"; }\n", form->n_stages + 1);
    else
        fputs("    { block = \"linear\"; name = \"fc\"; }\n", out);
}

/* A thousand classes behind the stem for ImageNet, which nothing names. */
static bool is_imagenet(const rn_form *form)
{
    return form->classes == 1000 && form->stem != RN_FORM_STEM_CIFAR && form->input_channels == 3 &&
           !form->class_names;
}

static void write_network(FILE *out, const rn_form *form)
{
    fprintf(out,
            "network = {\n  input = { channels = %" PRId64 "; height = %" PRId64
            "; width = %" PRId64 "; };\n  classes = %" PRId64 ";\n",
            form->input_channels, form->height, form->width, form->classes);
    if (is_imagenet(form))
        fputs("  class_names = \"imagenet1k\";\n", out);
    fputs("  layers = (\n", out);
    if (form->block == RN_FORM_REGNET)
        rn_form_write_regnet(form, out);
    else
        write_residual(out, form);
    write_head(out, form);
    fputs("  );\n};\n\n", out);
}

/* As a list, which may have integers and others. */
static void write_numbers(FILE *out, const char *key, const double *numbers, int64_t n)
{
    fprintf(out, "  %s = (", key);
    for (int64_t i = 0; i < n; i++)
        fprintf(out, "%s%.15g", i ? ", " : "", numbers[i]);
    fputs(");\n", out);
}

static void write_data(FILE *out, const rn_form *form)
{
    fputs("data = {\n  dataset = \"folder\";\n", out);
    write_numbers(out, "mean", form->mean, form->n_means);
    write_numbers(out, "std", form->std, form->n_means);
    fputs("  transforms = {\n    validation = ", out);
    if (form->crop_share > 0)
        fprintf(out, "{ preset = \"timm_eval\"; crop_pct = %.15g; interpolation = \"%s\"; };\n",
                form->crop_share, form->interpolation);
    else
        fprintf(out,
                "( { transform = \"resize\"; size = [ %" PRId64 ", %" PRId64
                " ]; interpolation = \"%s\"; } );\n",
                form->height, form->width, form->interpolation);
    fputs("  };\n};\n", out);
}

rn_status rn_form_write(const rn_form *form, rn_pool *pool, const char **cfg)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    *cfg = NULL;
    if (out) {
        write_network(out, form);
        write_data(out, form);
        if (fclose(out) == 0)
            *cfg = rn_pool_text(pool, text, size);
    }
    free(text);
    return *cfg ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the cfg of the network");
}

/* ---- What was assumed ---- */

static const char *assumed_strides(const rn_form *form)
{
    if (form->knows_strides)
        return "";
    if (form->first_stride == 2)
        return "a stride in the first stage";
    if (is_bottleneck(form))
        return form->stride_on_1x1 ? "strides on the first 1x1 convolutions"
                                   : "strides on the 3x3 convolutions";
    return form->stem == RN_FORM_STEM_CIFAR ? "a stem without a stride" : "";
}

/* Appends to a list. */
static void add(char *list, size_t size, const char *text)
{
    size_t used = strlen(list);
    if (*text)
        snprintf(list + used, size - used, "%s%s", used ? ", " : "", text);
}

const char *rn_form_assumed(const rn_form *form, rn_pool *pool)
{
    char list[320] = "", pictures[64];
    add(list, sizeof list, assumed_strides(form));
    add(list, sizeof list, is_imagenet(form) ? "ImageNet's classes" : "");
    if (form->shortcut == 'A')
        add(list, sizeof list, "shortcuts that add channels of zeros on both sides");
    if (!form->knows_pictures) {
        snprintf(pictures, sizeof pictures, "pictures of %" PRId64 "x%" PRId64, form->height,
                 form->width);
        add(list, sizeof list, pictures);
        add(list, sizeof list,
            form->n_means == 3 ? "ImageNet's mean and std" : "values from 0 to 1");
    }
    if (!*list)
        return "";
    return rn_pool_print(pool,
                         "%s; to change it: --set network.input.height=N, --set data.mean=[...] "
                         "and the like, or the cfg that convert --to=cfg writes",
                         list);
}
