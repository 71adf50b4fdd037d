/* bisect_cfg.c: an operator as a network of few layers. */
#include "compare/bisect_cfg.h"

#include <string.h>

#include "base/text.h"
#include "compare/bisect_axes.h"
#include "graph/op.h"
#include "ops/activation.h"

static bool is_of(const rn_case *c, const char *op)
{
    return strncmp(c->op->name, op, strlen(op)) == 0;
}

static void print_pair(FILE *out, const char *key, const int64_t pair[2])
{
    rn_print(out, " %s = [%lld, %lld];", key, (long long)pair[0], (long long)pair[1]);
}

static void print_conv(FILE *out, const rn_conv2d_attrs *a)
{
    rn_print(
        out,
        "    { block = \"conv2d\"; name = \"conv\"; channels = %lld; groups = %lld; bias = %s;",
        (long long)a->channels, (long long)a->groups, a->has_bias ? "true" : "false");
    print_pair(out, "kernel", a->kernel);
    print_pair(out, "stride", a->stride);
    print_pair(out, "padding", a->padding);
    print_pair(out, "dilation", a->dilation);
    rn_print(out, " },\n");
}

static void print_pool(FILE *out, const char *block, const rn_pool_attrs *a)
{
    rn_print(out, "    { block = \"%s\";", block);
    print_pair(out, "kernel", a->kernel);
    print_pair(out, "stride", a->stride);
    print_pair(out, "padding", a->padding);
    if (a->exclude_padding)
        rn_print(out, " exclude_padding = true;");
    rn_print(out, " },\n");
}

static void print_norm(FILE *out, const rn_batch_norm_attrs *a)
{
    rn_print(out,
             "    { block = \"batch_norm\"; name = \"bn\"; epsilon = %.9g; momentum = %.9g; },\n",
             a->epsilon, a->momentum);
}

static void print_subsample(FILE *out, const rn_subsample_attrs *a)
{
    rn_print(out, "    { block = \"subsample\"; channels_before = %lld; channels_after = %lld;",
             (long long)a->channels_before, (long long)a->channels_after);
    print_pair(out, "stride", a->stride);
    rn_print(out, " },\n");
}

static void print_activation(FILE *out, const rn_activation_attrs *a)
{
    rn_print(out, "    { block = \"%s\";", rn_activation_name(a->kind));
    if (a->kind == RN_ACTIVATION_LEAKY_RELU)
        rn_print(out, " slope = %.9g;", a->alpha);
    if (a->kind == RN_ACTIVATION_SCALE)
        rn_print(out, " alpha = %.9g; beta = %.9g;", a->alpha, a->beta);
    rn_print(out, " },\n");
}

/* The layer, where it is not among those that every network here has. */
static void print_layer(FILE *out, const rn_case *c)
{
    if (is_of(c, "conv2d"))
        print_conv(out, c->attrs);
    else if (is_of(c, "max_pool"))
        print_pool(out, "max_pool", c->attrs);
    else if (is_of(c, "avg_pool"))
        print_pool(out, "avg_pool", c->attrs);
    else if (is_of(c, "batch_norm") && !rn_case_is(c, "batch_norm_fold"))
        print_norm(out, c->attrs);
    else if (is_of(c, "subsample"))
        print_subsample(out, c->attrs);
    else if (is_of(c, "relu"))
        rn_print(out, "    { block = \"relu\"; },\n");
    else if (is_of(c, "activation"))
        print_activation(out, c->attrs);
    else if (is_of(c, "dropout"))
        rn_print(out, "    { block = \"dropout\"; rate = %.9g; },\n",
                 ((const rn_dropout_attrs *)c->attrs)->rate);
}

/* The axis's length, or `other` where the operator has none. */
static long long length_or(const rn_case *c, char axis, long long other)
{
    int64_t length = rn_axes_length(c, axis);
    return length ? (long long)length : other;
}

static void print_network(FILE *out, const rn_case *c)
{
    bool is_linear = is_of(c, "linear");
    long long classes = length_or(c, 'K', 2);
    rn_print(out, "network = {\n  input = { channels = %lld; height = %lld; width = %lld; };\n",
             length_or(c, is_linear ? 'F' : 'C', 3), length_or(c, 'H', 1), length_or(c, 'W', 1));
    rn_print(out, "  classes = %lld;\n  layers = (\n",
             is_of(c, "conv2d") || classes < 2 ? 2 : classes);
    print_layer(out, c);
    rn_print(out, "    { block = \"global_avg_pool\"; },\n    { block = \"flatten\"; },\n"
                  "    { block = \"linear\"; name = \"fc\"; }\n  );\n};\n");
}

/* The optimizer, where the operator is one. */
static void print_training(FILE *out, const rn_case *c)
{
    static const char *const optimizers[] = { "sgd", "adamw", "lamb", "lars", "rmsprop" };
    rn_print(out, "train = { epochs = 1;");
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++)
        if (rn_case_is(c, optimizers[i]))
            rn_print(out, " optimizer = \"%s\";", optimizers[i]);
    rn_print(out, " };\n");
}

void rn_fault_cfg(FILE *out, const rn_fault *fault)
{
    const rn_config *config = fault->config;
    rn_print(out,
             "// A network with the operator of operator.json, whose tensors are in "
             "tensors.safetensors;\n// \"run\" runs the operator alone.\n\n"
             "backend = {\n  name = \"%s\";\n  precision = \"%s\";\n"
             "  convolution = \"%s\";\n  deterministic = %s;\n};\nrun = { threads = %lld; };\n",
             config->backend.name, rn_config_word(config, "backend.precision"),
             rn_config_word(config, "backend.convolution"),
             config->backend.deterministic ? "true" : "false", (long long)config->run.threads);
    print_network(out, &fault->subject);
    print_training(out, &fault->subject);
}
