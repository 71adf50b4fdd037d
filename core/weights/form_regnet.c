/* form_regnet.c: the form of a RegNet, from the names and shapes of its tensors and as a cfg. */
#include "weights/form_regnet.h"

#include <inttypes.h>
#include <math.h>

#include "base/status.h"
#include "weights/form_known.h"
#include "weights/form_tensors.h"

#define STEM "stem.0.weight"
#define BLOCK "trunk_output.block%d.block%d-%" PRId64 /* stage, stage, block */

bool rn_form_is_regnet(const rn_weights *weights)
{
    return rn_form_find(weights, STEM) != NULL;
}

/* ---- Reading ---- */

/* The weight of the grouped 3x3 convolution; stages count from 0. */
static const rn_stored *find_grouped(const rn_weights *weights, int32_t stage, int64_t block)
{
    return rn_form_find(weights, BLOCK ".f.b.0.weight", stage + 1, stage + 1, block);
}

static rn_status fail_widths(const rn_weights *weights)
{
    return rn_fail(RN_E_DATA,
                   "%s: its stages have groups or squeezed channels that differ; expected those of "
                   "one RegNet; " RN_FORM_WHAT_TO_DO,
                   weights->path);
}

static rn_status read_ends(const rn_weights *weights, rn_form *form)
{
    const rn_stored *stem = rn_form_find(weights, STEM);
    rn_status status = rn_form_check_conv(weights, stem, 3);
    if (status)
        return status;
    form->stem = RN_FORM_STEM_REGNET;
    form->stem_channels = stem->shape[0];
    form->input_channels = stem->shape[1];
    return rn_form_read_classes(weights, "fc.weight", &form->classes);
}

static rn_status read_stages(const rn_weights *weights, rn_form *form)
{
    const rn_stored *conv;
    while (form->n_stages < RN_FORM_MAX_STAGES &&
           (conv = find_grouped(weights, form->n_stages, 0))) {
        int32_t stage = form->n_stages++;
        rn_status status = rn_form_check_conv(weights, conv, 3);
        if (status)
            return status;
        form->channels[stage] = conv->shape[0];
        if (conv->shape[1] > form->group_width)
            form->group_width = conv->shape[1];
        while (find_grouped(weights, stage, form->depth[stage]))
            form->depth[stage]++;
    }
    return form->n_stages
               ? RN_OK
               : rn_form_fail_missing(weights, "trunk_output.block1.block1-0.f.b.0.weight");
}

static int64_t group_of(const rn_form *form, int32_t stage)
{
    int64_t channels = form->channels[stage];
    return form->group_width < channels ? form->group_width : channels;
}

/* The squeezed channels of a block, 0 where it has none. */
static int64_t squeezed(const rn_weights *weights, int32_t stage, int64_t block)
{
    const rn_stored *fc =
        rn_form_find(weights, BLOCK ".f.se.fc1.weight", stage + 1, stage + 1, block);
    return fc && rn_form_is_conv(fc, 1) ? fc->shape[0] : 0;
}

/* The share is that of the last block, whose input is widest, or nearly so. */
static rn_status read_squeezing(const rn_weights *weights, rn_form *form)
{
    int32_t last = form->n_stages - 1;
    int64_t n_last = form->depth[last] - 1, input = form->stem_channels;
    int64_t last_input = n_last || !last ? form->channels[last] : form->channels[last - 1];
    form->se_ratio = (double)squeezed(weights, last, n_last) / (double)last_input;
    for (int32_t s = 0; s < form->n_stages; s++)
        for (int64_t b = 0; b < form->depth[s]; b++) {
            const rn_stored *conv = find_grouped(weights, s, b);
            if ((int64_t)nearbyint(form->se_ratio * (double)input) != squeezed(weights, s, b) ||
                conv->rank != 4 || conv->shape[1] != group_of(form, s) ||
                form->channels[s] % group_of(form, s))
                return fail_widths(weights);
            input = form->channels[s];
        }
    return RN_OK;
}

rn_status rn_form_read_regnet(const rn_weights *weights, rn_form *form)
{
    form->block = RN_FORM_REGNET;
    form->width_factor = 1;
    form->shortcut = 'B';
    form->knows_strides = true; /* each stage has one */
    rn_status status = read_ends(weights, form);
    if (!status)
        status = read_stages(weights, form);
    return status ? status : read_squeezing(weights, form);
}

/* ---- Writing ---- */

void rn_form_write_regnet(const rn_form *form, FILE *out)
{
    fprintf(out,
            "    { block = \"conv2d\"; name = \"stem.0\"; channels = %" PRId64
            "; kernel = 3; stride = 2; padding = 1; },\n"
            "    { block = \"batch_norm\"; name = \"stem.1\"; },\n    { block = \"relu\"; },\n",
            form->stem_channels);
    for (int32_t s = 0; s < form->n_stages; s++)
        for (int64_t b = 0; b < form->depth[s]; b++) {
            fprintf(out,
                    "    { block = \"regnet\"; name = \"" BLOCK "\"; channels = %" PRId64
                    "; stride = %d; group_width = %" PRId64 ";",
                    s + 1, s + 1, b, form->channels[s], b ? 1 : 2, group_of(form, s));
            if (form->se_ratio > 0)
                fprintf(out, " se_ratio = %.17g;", form->se_ratio);
            fputs(" },\n", out);
        }
}
