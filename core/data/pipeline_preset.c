/* pipeline_preset.c: lists of transforms that have a name. A preset is written as a cfg has it. */
#define _GNU_SOURCE /* asprintf */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/status.h"
#include "data/pipeline_parts.h"

/* Writes an assignment "list = ( … )"; -1: not enough memory. */
typedef int write_preset(const rn_attrs *attrs, rn_size input, char **text);

struct preset {
    const char *name;
    const rn_attr *attrs;
    uint32_t n_attrs;
    write_preset *write;
};

/* Both sides of a resize by the shorter side cover the crop that follows. */
static int64_t longer(rn_size size)
{
    return size.height > size.width ? size.height : size.width;
}

static int write_imagenet_train(const rn_attrs *attrs, rn_size input, char **text)
{
    (void)attrs;
    (void)input;
    return asprintf(text,
                    "list=( { transform = \"random_resized_crop\"; },"
                    " { transform = \"horizontal_flip\"; }, { transform = \"normalise\"; } )");
}

/* 256 pixels for an input of 224. */
static int write_imagenet_eval(const rn_attrs *attrs, rn_size input, char **text)
{
    (void)attrs;
    return asprintf(text,
                    "list=( { transform = \"resize\"; size = %" PRId64
                    "; }, { transform = \"center_crop\"; }, { transform = \"normalise\"; } )",
                    (longer(input) * 256 + 112) / 224);
}

static int write_cifar_train(const rn_attrs *attrs, rn_size input, char **text)
{
    (void)attrs;
    (void)input;
    return asprintf(text,
                    "list=( { transform = \"random_crop\"; padding = 4; },"
                    " { transform = \"horizontal_flip\"; }, { transform = \"normalise\"; } )");
}

/* timm's create_transform for evaluation. */
static int write_timm_eval(const rn_attrs *attrs, rn_size input, char **text)
{
    double share = rn_attrs_find(attrs, "crop_pct")->float_value;
    return asprintf(text,
                    "list=( { transform = \"resize\"; size = %" PRId64
                    "; interpolation = \"%s\"; }, { transform = \"center_crop\"; },"
                    " { transform = \"normalise\"; } )",
                    (int64_t)floor((double)longer(input) / share),
                    rn_attrs_find(attrs, "interpolation")->text_value);
}

static const rn_attr timm_attrs[] = {
    RN_ATTR_ROW(FLOAT, "crop_pct", "0.875", 0.1, 1, "share of 1", NULL,
                "the crop's share of the shorter side"),
    RN_ATTR_ROW(CHOICE, "interpolation", "bicubic", 0, 0, "", "nearest|box|bilinear|bicubic",
                "the filter of the resize"),
};

static const struct preset presets[] = {
    { "imagenet_train", NULL, 0, write_imagenet_train },
    { "imagenet_eval", NULL, 0, write_imagenet_eval },
    { "cifar_train", NULL, 0, write_cifar_train },
    { "timm_eval", timm_attrs, sizeof timm_attrs / sizeof *timm_attrs, write_timm_eval },
};
#define N_PRESETS (sizeof presets / sizeof *presets)

/* Reads "list=( … )". */
static rn_status read_text(int length, char *text, rn_tree **out)
{
    rn_tree empty = { .type = RN_TREE_GROUP, .file = "preset" };
    rn_tree *root = length < 0 ? NULL : rn_tree_copy(&empty);
    rn_status status = root ? rn_tree_set(root, text) : rn_tree_no_memory();
    if (length >= 0)
        free(text);
    if (status)
        rn_tree_destroy(root);
    else
        *out = root;
    return status;
}

rn_status rn_pipeline_default(rn_size input, rn_tree **out)
{
    char *text = NULL;
    int length =
        asprintf(&text, "list=( { transform = \"resize\"; size = [ %" PRId64 ", %" PRId64 " ]; } )",
                 input.height, input.width);
    return read_text(length, text, out);
}

static rn_status find_preset(const rn_tree *node, const struct preset **out)
{
    const char *names[N_PRESETS + 1] = { NULL };
    for (size_t i = 0; i < N_PRESETS; i++) {
        names[i] = presets[i].name;
        *out = &presets[i];
        if (!strcmp(names[i], node->text_value))
            return RN_OK;
    }
    const char *nearest = rn_nearest(node->text_value, names);
    return rn_tree_fail(node, "unknown preset \"%.80s\" of transforms; did you mean \"%s\"?",
                        node->text_value, nearest ? nearest : presets[0].name);
}

rn_status rn_pipeline_preset(const rn_tree *node, rn_size input, rn_tree **out)
{
    static const char *const ignored[] = { "preset", NULL };
    const rn_tree none = { .type = RN_TREE_GROUP, .file = node->file, .line = node->line };
    const rn_tree *group = node->type == RN_TREE_GROUP ? node : &none;
    const rn_tree *name = node->type == RN_TREE_GROUP ? rn_tree_get(node, "preset") : node;
    const struct preset *preset = NULL;
    char owner[64];
    if (!name || name->type != RN_TREE_STRING)
        return rn_tree_fail(name ? name : node, "preset: found %s, expected the name of a preset",
                            name ? rn_tree_type_name(name->type) : "none");
    rn_status status = find_preset(name, &preset);
    if (status)
        return status;
    rn_attrs *attrs = NULL;
    snprintf(owner, sizeof owner, "preset \"%s\"", preset->name);
    status = rn_attrs_from_tree(preset->attrs, preset->n_attrs, group, ignored, owner, &attrs);
    if (status)
        return status;
    char *text = NULL;
    int length = preset->write(attrs, input, &text);
    rn_attrs_destroy(attrs);
    return read_text(length, text, out);
}
