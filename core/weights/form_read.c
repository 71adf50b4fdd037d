/* form_read.c: the form of a residual network from the names and shapes of its tensors. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "weights/form.h"
#include "weights/form_known.h"
#include "weights/form_regnet.h"
#include "weights/form_settings.h"
#include "weights/form_tensors.h"

#define EXPANSION 4 /* a bottleneck's output has four times the channels of a cfg */

typedef struct reading {
    const rn_weights *weights;
    bool is_book; /* the book's names; else torchvision's */
    rn_form *form;
    int64_t inner[RN_FORM_MAX_STAGES], group[RN_FORM_MAX_STAGES]; /* channels of the 3x3 */
} reading;

/* ---- Tensors ---- */

/* "layer1" */
static const char *stage_name(const reading *r, int32_t stage, char name[24])
{
    snprintf(name, 24, "%s%d", r->is_book ? "net." : "layer", stage + 1);
    return name;
}

/* A tensor of a block: the weight of "layer1.0.conv1". */
static const rn_stored *find_in_block(const reading *r, int32_t stage, int64_t block,
                                      const char *part)
{
    char name[24];
    return rn_form_find(r->weights, "%s.%" PRId64 ".%s.weight", stage_name(r, stage, name), block,
                        part);
}

/* ---- Stem and head ---- */

static rn_status read_stem(reading *r)
{
    rn_form *form = r->form;
    const char *name = r->is_book ? "net.0.0.weight" : "conv1.weight";
    const rn_stored *conv = rn_form_find(r->weights, "%s", name);
    if (!conv)
        return rn_form_fail_missing(r->weights, name);
    if (!rn_form_is_conv(conv, 7) && !rn_form_is_conv(conv, 3))
        return rn_form_fail_tensor(r->weights, conv,
                                   "a convolution of 7x7 (ImageNet) or 3x3 (CIFAR)");
    form->stem = rn_form_is_conv(conv, 7) ? RN_FORM_STEM_IMAGENET : RN_FORM_STEM_CIFAR;
    form->stem_channels = conv->shape[0];
    form->input_channels = conv->shape[1];
    return RN_OK;
}

static rn_status read_head(reading *r)
{
    char name[32] = "fc.weight";
    if (r->is_book)
        snprintf(name, sizeof name, "net.%d.2.weight", r->form->n_stages + 1);
    r->form->ends_in_norm = rn_form_find(r->weights, "bn.weight") != NULL;
    return rn_form_read_classes(r->weights, name, &r->form->classes);
}

/* ---- Stages ---- */

static bool has_bottlenecks(const reading *r)
{
    return !r->is_book && find_in_block(r, 0, 0, "conv3");
}

static rn_status read_stage(reading *r, int32_t stage)
{
    rn_form *form = r->form;
    bool is_bottleneck = has_bottlenecks(r);
    const rn_stored *inner = find_in_block(r, stage, 0, "conv2");
    const rn_stored *last = find_in_block(r, stage, 0, is_bottleneck ? "conv3" : "conv2");
    char name[24], missing[64];
    if (!inner || !last) {
        snprintf(missing, sizeof missing, "%s.0.%s.weight", stage_name(r, stage, name),
                 inner ? "conv3" : "conv2");
        return rn_form_fail_missing(r->weights, missing);
    }
    rn_status status = rn_form_check_conv(r->weights, inner, 3);
    if (!status && is_bottleneck)
        status = rn_form_check_conv(r->weights, last, 1);
    if (status)
        return status;
    if (is_bottleneck && last->shape[0] % EXPANSION)
        return rn_form_fail_tensor(r->weights, last, "a multiple of 4 channels");
    form->channels[stage] = last->shape[0] / (is_bottleneck ? EXPANSION : 1);
    r->inner[stage] = inner->shape[0];
    r->group[stage] = inner->shape[1];
    while (find_in_block(r, stage, form->depth[stage], "conv1"))
        form->depth[stage]++;
    return RN_OK;
}

static rn_status read_stages(reading *r)
{
    rn_form *form = r->form;
    while (form->n_stages <= RN_FORM_MAX_STAGES && find_in_block(r, form->n_stages, 0, "conv1"))
        form->n_stages++;
    if (form->n_stages == 0)
        return rn_form_fail_missing(r->weights,
                                    r->is_book ? "net.1.0.conv1.weight" : "layer1.0.conv1.weight");
    if (form->n_stages > RN_FORM_MAX_STAGES)
        return rn_fail(RN_E_DATA, "%s: more than %d stages; " RN_FORM_WHAT_TO_DO, r->weights->path,
                       RN_FORM_MAX_STAGES);
    rn_status status = RN_OK;
    for (int32_t i = 0; i < form->n_stages && !status; i++)
        status = read_stage(r, i);
    return status;
}

/* ---- Blocks ---- */

static rn_status fail_widths(const reading *r)
{
    return rn_fail(RN_E_DATA,
                   "%s: the 3x3 convolutions of its stages have widths that no cfg of a bottleneck "
                   "gives; " RN_FORM_WHAT_TO_DO,
                   r->weights->path);
}

/* Whether a cfg with this factor has the inner channels of every stage. */
static bool is_width_factor(const reading *r, double factor)
{
    for (int32_t i = 0; i < r->form->n_stages; i++)
        if ((int64_t)((double)r->form->channels[i] * factor) != r->inner[i])
            return false;
    return true;
}

static rn_status read_width_factor(reading *r)
{
    double factor = 0;
    for (int32_t i = 0; i < r->form->n_stages; i++)
        factor = fmax(factor, (double)r->inner[i] / (double)r->form->channels[i]);
    if (!is_width_factor(r, factor))
        factor = nextafter(factor, HUGE_VAL); /* the product may have been rounded below */
    r->form->width_factor = factor;
    return is_width_factor(r, factor) ? RN_OK : fail_widths(r);
}

/* The width of a group, which a cfg gives for 64 channels, rounded down in each stage. */
static rn_status read_group_width(reading *r)
{
    rn_form *form = r->form;
    form->cardinality = r->inner[0] / r->group[0];
    for (int32_t i = 0; i < form->n_stages; i++) {
        int64_t width = (64 * r->group[i] + form->channels[i] - 1) / form->channels[i];
        form->group_width = width > form->group_width ? width : form->group_width;
    }
    for (int32_t i = 0; i < form->n_stages; i++)
        if (form->channels[i] * form->group_width / 64 != r->group[i] ||
            form->cardinality * r->group[i] != r->inner[i])
            return fail_widths(r);
    return RN_OK;
}

static rn_status read_block(reading *r)
{
    rn_form *form = r->form;
    bool is_bottleneck = has_bottlenecks(r);
    bool is_preact =
        !rn_form_find(r->weights, "bn1.weight"); /* the others have it after the stem */
    form->width_factor = 1;
    if (r->is_book)
        form->block = RN_FORM_BOOK;
    else if (is_preact)
        form->block = is_bottleneck ? RN_FORM_PREACT_BOTTLENECK : RN_FORM_PREACT_BASIC;
    else if (is_bottleneck)
        form->block = r->group[0] < r->inner[0] ? RN_FORM_RESNEXT : RN_FORM_BOTTLENECK;
    else
        form->block = RN_FORM_BASIC;
    if (form->block == RN_FORM_RESNEXT)
        return read_group_width(r);
    return is_bottleneck ? read_width_factor(r) : RN_OK;
}

/* ---- Shortcuts ---- */

/* How many shortcuts there are, and how many of them have a projection. */
typedef struct tally {
    int64_t blocks, projected;
} tally;

static bool is_projected(const reading *r, int32_t stage, int64_t block)
{
    if (r->is_book)
        return find_in_block(r, stage, block, "conv3");
    return find_in_block(r, stage, block, "downsample.0") ||
           find_in_block(r, stage, block, "shortcut");
}

/* The first blocks of the stages after the first have a stride. */
static bool changes_shape(const reading *r, int32_t stage, int64_t block)
{
    const rn_form *form = r->form;
    int64_t expansion = has_bottlenecks(r) ? EXPANSION : 1;
    bool is_wider = form->stem_channels != expansion * form->channels[0];
    return block == 0 && (stage > 0 || is_wider);
}

static void count_shortcuts(const reading *r, tally *changing, tally *same)
{
    for (int32_t s = 0; s < r->form->n_stages; s++)
        for (int64_t b = 0; b < r->form->depth[s]; b++) {
            tally *t = changes_shape(r, s, b) ? changing : same;
            t->blocks++;
            t->projected += is_projected(r, s, b);
        }
}

/* A: no projections; B: where the shape changes; C: everywhere. Where the first block alone has one
 * beside those of B, it has a stride. 0: none of these. */
static char find_shortcut(const reading *r, const tally *changing, const tally *same,
                          int64_t *first_stride)
{
    *first_stride = 1;
    if (changing->projected == 0 && same->projected == 0)
        return 'A';
    if (changing->projected != changing->blocks)
        return 0;
    if (same->projected == 0)
        return 'B';
    if (same->projected == same->blocks)
        return 'C';
    bool is_first_alone = same->projected == 1 && !changes_shape(r, 0, 0) && is_projected(r, 0, 0);
    *first_stride = is_first_alone ? 2 : 1;
    return is_first_alone ? 'B' : 0;
}

static rn_status read_shortcuts(reading *r)
{
    rn_form *form = r->form;
    tally changing = { 0 }, same = { 0 };
    count_shortcuts(r, &changing, &same);
    form->shortcut = find_shortcut(r, &changing, &same, &form->first_stride);
    bool has_choice = form->block != RN_FORM_RESNEXT && form->block != RN_FORM_BOOK;
    if (form->shortcut == 'B' || (form->shortcut && has_choice))
        return RN_OK;
    return rn_fail(RN_E_DATA,
                   "%s: %" PRId64 " of %" PRId64 " shortcuts that change the shape have a "
                   "projection, and %" PRId64 " of %" PRId64
                   " others; expected those that change the shape; " RN_FORM_WHAT_TO_DO,
                   r->weights->path, changing.projected, changing.blocks, same.projected,
                   same.blocks);
}

/* ---- All of it ---- */

/* torchvision's values. Pictures of other than three channels have none. */
static void assume_pictures(rn_form *form)
{
    static const double mean[] = { 0.485, 0.456, 0.406 }, std[] = { 0.229, 0.224, 0.225 };
    bool is_imagenet = form->stem != RN_FORM_STEM_CIFAR;
    form->height = form->width = is_imagenet ? 224 : 32;
    form->crop_share = is_imagenet ? 0.875 : 1;
    form->interpolation = "bilinear";
    form->n_means = form->input_channels == 3 ? 3 : 1;
    form->std[0] = 1;
    if (form->n_means == 3) {
        memcpy(form->mean, mean, sizeof mean);
        memcpy(form->std, std, sizeof std);
    }
}

static rn_status read_residual(rn_weights *weights, rn_form *form)
{
    static rn_status (*const steps[])(reading *) = { read_stem, read_stages, read_head, read_block,
                                                     read_shortcuts };
    reading r = { .weights = weights,
                  .form = form,
                  .is_book = rn_form_find(weights, "net.0.0.weight") != NULL };
    rn_status status = RN_OK;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !status; i++)
        status = steps[i](&r);
    return status;
}

rn_status rn_form_read(rn_weights *weights, rn_form *form)
{
    *form = (rn_form){ .class_names = weights->class_names };
    rn_status status = rn_form_check_names(weights);
    if (!status)
        status = rn_form_is_regnet(weights) ? rn_form_read_regnet(weights, form)
                                            : read_residual(weights, form);
    if (status)
        return status;
    assume_pictures(form);
    return rn_form_read_settings(weights, form);
}
