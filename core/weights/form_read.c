/* form_read.c: the form of a residual network from the names and shapes of its tensors. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "weights/form.h"
#include "weights/form_settings.h"
#include "weights/pattern.h"

#define EXPANSION 4            /* a bottleneck's output has four times the channels of a cfg */
#define MAX_CHANNELS (1 << 20) /* what is computed with them stays far from overflow */
#define WHAT_TO_DO "give a cfg, or export the network as ONNX and give that"

typedef struct reading {
    const rn_weights *weights;
    bool is_book; /* the book's names; else torchvision's */
    rn_form *form;
    int64_t inner[RN_FORM_MAX_STAGES], group[RN_FORM_MAX_STAGES]; /* channels of the 3x3 */
} reading;

/* ---- Tensors ---- */

/* The tensor of a name that is printed; NULL: there is none. */
__attribute__((format(printf, 2, 3))) static const rn_stored *find(const reading *r,
                                                                   const char *format, ...)
{
    char name[96];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    return rn_stored_find(&r->weights->table, name);
}

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
    return find(r, "%s.%" PRId64 ".%s.weight", stage_name(r, stage, name), block, part);
}

static rn_status fail_tensor(const reading *r, const rn_stored *tensor, const char *expected)
{
    char shape[128] = "";
    size_t used = 0;
    for (int32_t i = 0; i < tensor->rank && used < sizeof shape; i++)
        used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%" PRId64, i ? "x" : "",
                                 tensor->shape[i]);
    return rn_fail(RN_E_DATA, "%s: tensor \"%s\" is %s; expected %s; " WHAT_TO_DO, r->weights->path,
                   tensor->name, *shape ? shape : "one number", expected);
}

static rn_status fail_missing(const reading *r, const char *name)
{
    return rn_fail(RN_E_DATA,
                   "%s: there is no tensor \"%s\", which a residual network has; " WHAT_TO_DO,
                   r->weights->path, name);
}

/* ---- Which tensors are known ---- */

/* Names that a form accounts for. That none is missing or misshapen is checked when they are
 * loaded. */
static const char *const known[] = { "conv1.weight",
                                     "bn1.*",
                                     "bn.*",
                                     "fc.*",
                                     "layer{s}.{b}.conv{n}.weight",
                                     "layer{s}.{b}.bn{n}.*",
                                     "layer{s}.{b}.downsample.0.weight",
                                     "layer{s}.{b}.downsample.1.*",
                                     "layer{s}.{b}.shortcut.weight",
                                     "net.{s}.{b}.*",
                                     NULL };

/* Names of what the forms do not have. */
static const struct unknown {
    const char *pattern, *what;
} unknown[] = {
    { "conv1.{n}.*", "a stem of several convolutions" },
    { "layer{s}.{b}.downsample.2.*", "average pooling before a projection" },
    { "layer{s}.{b}.se.*", "squeeze and excitation" },
    { "layer{s}.{b}.attn.*", "attention" },
    { "layer{s}.{b}.shortcut.{n}.*", "a shortcut of another form" },
    { "layer{s}.{b}.conv{n}.bias", "a convolution with a bias" },
    { "*", "a network that is not known here" },
};

static bool is_known(const char *name)
{
    rn_pattern_values values;
    for (int i = 0; known[i]; i++)
        if (rn_pattern_match(known[i], name, &values))
            return true;
    return false;
}

/* A projection after average pooling is the second part of its sequence. */
static bool is_pooled_projection(const rn_stored *tensor)
{
    rn_pattern_values values;
    return tensor->rank == 4 &&
           rn_pattern_match("layer{s}.{b}.downsample.1.*", tensor->name, &values);
}

static rn_status fail_unknown(const reading *r, const char *name, const char *what)
{
    return rn_fail(
        RN_E_DATA,
        "%s: tensor \"%s\" is of %s, which names and shapes do not describe; " WHAT_TO_DO,
        r->weights->path, name, what);
}

static rn_status check_names(const reading *r)
{
    rn_pattern_values values;
    for (int64_t i = 0; i < r->weights->table.count; i++) {
        const rn_stored *tensor = &r->weights->table.tensors[i];
        const struct unknown *u = unknown;
        if (is_pooled_projection(tensor))
            return fail_unknown(r, tensor->name, unknown[1].what);
        if (is_known(tensor->name))
            continue;
        while (u->pattern[0] != '*' && !rn_pattern_match(u->pattern, tensor->name, &values))
            u++;
        return fail_unknown(r, tensor->name, u->what);
    }
    return RN_OK;
}

/* ---- Stem and head ---- */

static bool is_conv(const rn_stored *tensor, int size)
{
    const int64_t *shape = tensor->shape;
    return tensor->rank == 4 && shape[2] == size && shape[3] == size && shape[0] > 0 &&
           shape[0] <= MAX_CHANNELS && shape[1] > 0 && shape[1] <= MAX_CHANNELS;
}

static rn_status read_stem(reading *r)
{
    rn_form *form = r->form;
    const char *name = r->is_book ? "net.0.0.weight" : "conv1.weight";
    const rn_stored *conv = find(r, "%s", name);
    if (!conv)
        return fail_missing(r, name);
    if (!is_conv(conv, 7) && !is_conv(conv, 3))
        return fail_tensor(r, conv, "a convolution of 7x7 (ImageNet) or 3x3 (CIFAR)");
    form->stem = is_conv(conv, 7) ? RN_FORM_STEM_IMAGENET : RN_FORM_STEM_CIFAR;
    form->stem_channels = conv->shape[0];
    form->input_channels = conv->shape[1];
    return RN_OK;
}

static rn_status read_head(reading *r)
{
    char name[32] = "fc.weight";
    if (r->is_book)
        snprintf(name, sizeof name, "net.%d.2.weight", r->form->n_stages + 1);
    const rn_stored *linear = find(r, "%s", name);
    if (!linear)
        return fail_missing(r, name);
    if (linear->rank != 2 || linear->shape[0] < 2)
        return fail_tensor(r, linear, "classes x features, of two classes or more");
    r->form->classes = linear->shape[0];
    r->form->ends_in_norm = find(r, "bn.weight") != NULL;
    return RN_OK;
}

/* ---- Stages ---- */

static rn_status check_conv(const reading *r, const rn_stored *conv, int size)
{
    char expected[96];
    if (is_conv(conv, size))
        return RN_OK;
    snprintf(expected, sizeof expected, "a %dx%d convolution of 1 to %d channels", size, size,
             MAX_CHANNELS);
    return fail_tensor(r, conv, expected);
}

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
        return fail_missing(r, missing);
    }
    rn_status status = check_conv(r, inner, 3);
    if (!status && is_bottleneck)
        status = check_conv(r, last, 1);
    if (status)
        return status;
    if (is_bottleneck && last->shape[0] % EXPANSION)
        return fail_tensor(r, last, "a multiple of 4 channels");
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
        return fail_missing(r, r->is_book ? "net.1.0.conv1.weight" : "layer1.0.conv1.weight");
    if (form->n_stages > RN_FORM_MAX_STAGES)
        return rn_fail(RN_E_DATA, "%s: more than %d stages; " WHAT_TO_DO, r->weights->path,
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
                   "gives; " WHAT_TO_DO,
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
        factor = nextafter(factor, INFINITY); /* the product may have been rounded below */
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
    bool is_preact = !find(r, "bn1.weight"); /* the others have it after the stem */
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

static void count_shortcuts(const reading *r, tally *changing, tally *same)
{
    const rn_form *form = r->form;
    int64_t expansion = has_bottlenecks(r) ? EXPANSION : 1;
    for (int32_t s = 0; s < form->n_stages; s++)
        for (int64_t b = 0; b < form->depth[s]; b++) {
            bool is_first = s == 0 && b == 0;
            bool changes = is_first ? form->stem_channels != expansion * form->channels[0] : b == 0;
            tally *t = changes ? changing : same;
            t->blocks++;
            t->projected += is_projected(r, s, b);
        }
}

/* A: none; B: where the shape changes; C: everywhere. A first block that keeps its channels, and is
 * projected where other such blocks are not, has a stride. */
static rn_status read_shortcuts(reading *r)
{
    rn_form *form = r->form;
    tally changing = { 0 }, same = { 0 };
    count_shortcuts(r, &changing, &same);
    form->first_stride = 1;
    if (changing.projected == changing.blocks && same.projected == 0) {
        form->shortcut = changing.blocks ? 'B' : 'A';
    } else if (changing.projected == changing.blocks && same.projected == same.blocks) {
        form->shortcut = 'C';
    } else if (changing.projected == changing.blocks && same.projected == 1 &&
               is_projected(r, 0, 0)) {
        form->shortcut = 'B';
        form->first_stride = 2;
    } else if (changing.projected == 0 && same.projected == 0) {
        form->shortcut = 'A';
    } else {
        form->shortcut = 0;
    }
    bool has_choice = form->block != RN_FORM_RESNEXT && form->block != RN_FORM_BOOK;
    if (form->shortcut && (has_choice || form->shortcut == 'B'))
        return RN_OK;
    return rn_fail(RN_E_DATA,
                   "%s: %" PRId64 " of %" PRId64 " shortcuts that change the shape have a "
                   "projection, and %" PRId64 " of %" PRId64
                   " others; expected all or none; " WHAT_TO_DO,
                   r->weights->path, changing.projected, changing.blocks, same.projected,
                   same.blocks);
}

/* ---- All of it ---- */

/* torchvision's values. Pictures of other than three channels have none. */
static void assume_pictures(rn_form *form)
{
    static const double mean[] = { 0.485, 0.456, 0.406 }, std[] = { 0.229, 0.224, 0.225 };
    bool is_imagenet = form->stem == RN_FORM_STEM_IMAGENET;
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

rn_status rn_form_read(rn_weights *weights, rn_form *form)
{
    static rn_status (*const steps[])(reading *) = { read_stem, read_stages, read_head, read_block,
                                                     read_shortcuts };
    reading r = { .weights = weights, .form = form };
    *form = (rn_form){ .class_names = weights->class_names };
    r.is_book = find(&r, "net.0.0.weight") != NULL;
    rn_status status = check_names(&r);
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !status; i++)
        status = steps[i](&r);
    if (status)
        return status;
    assume_pictures(form);
    return rn_form_read_settings(weights, form);
}
