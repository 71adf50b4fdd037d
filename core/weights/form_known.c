/* form_known.c: the names that a form of a residual network accounts for. */
#include "weights/form_known.h"

#include "base/status.h"
#include "weights/pattern.h"

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
                                     "stem.0.weight",
                                     "stem.1.*",
                                     "trunk_output.block{s}.block{t}-{b}.*",
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

static rn_status fail_unknown(const rn_weights *weights, const char *name, const char *what)
{
    return rn_fail(
        RN_E_DATA,
        "%s: tensor \"%s\" is of %s, which names and shapes do not describe; " RN_FORM_WHAT_TO_DO,
        weights->path, name, what);
}

rn_status rn_form_check_names(const rn_weights *weights)
{
    rn_pattern_values values;
    for (int64_t i = 0; i < weights->table.count; i++) {
        const rn_stored *tensor = &weights->table.tensors[i];
        const struct unknown *u = unknown;
        if (is_pooled_projection(tensor))
            return fail_unknown(weights, tensor->name, unknown[1].what);
        if (is_known(tensor->name))
            continue;
        while (u->pattern[0] != '*' && !rn_pattern_match(u->pattern, tensor->name, &values))
            u++;
        return fail_unknown(weights, tensor->name, u->what);
    }
    return RN_OK;
}
