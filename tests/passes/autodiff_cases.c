/* autodiff_cases.c: every residual block, and graphs that no block builds. */
#include "passes/autodiff_cases.h"

#define INT(attr, value)                                                                           \
    {                                                                                              \
        .name = attr, .type = RN_ATTR_INT, .int_value = { value, value }                           \
    }
#define BOOL(attr, value)                                                                          \
    {                                                                                              \
        .name = attr, .type = RN_ATTR_BOOL, .int_value = { value, value }                          \
    }
#define FLOAT(attr, value)                                                                         \
    {                                                                                              \
        .name = attr, .type = RN_ATTR_FLOAT, .float_value = value                                  \
    }
#define CHOICE(attr, value)                                                                        \
    {                                                                                              \
        .name = attr, .type = RN_ATTR_CHOICE, .text_value = value                                  \
    }

static rn_value *conv3x3(rn_graph *g, rn_value *x, const char *name)
{
    rn_conv2d_attrs conv = { .channels = 8, .kernel = { 3, 3 }, .padding = { 1, 1 } };
    return rn_conv2d(g, x, name, conv);
}

/* A value that five operators read, one of them twice. */
static rn_value *build_fan_out(rn_graph *g, rn_value *x)
{
    rn_value *y = conv3x3(g, x, "conv1");
    rn_value *twice = rn_add(g, y, y);
    rn_value *normed = rn_batch_norm(g, y, "bn1", (rn_batch_norm_attrs){ 0 });
    rn_value *sum = rn_add(g, twice, conv3x3(g, y, "conv2"));
    return rn_add(g, rn_add(g, sum, rn_relu(g, normed)), rn_add(g, y, x));
}

/* Parts from different and from the same values, one of them the input itself. */
static rn_value *build_concat(rn_graph *g, rn_value *x)
{
    rn_value *a = conv3x3(g, x, "conv1");
    rn_value *b = rn_batch_norm(g, a, "bn1", (rn_batch_norm_attrs){ 0 });
    rn_value *parts[] = { a, x, rn_relu(g, b), a };
    return conv3x3(g, rn_concat(g, parts, 4), "conv2");
}

static rn_value *build_dropout(rn_graph *g, rn_value *x)
{
    rn_value *y = rn_dropout(g, conv3x3(g, x, "conv1"), 0.4);
    return rn_add(g, rn_dropout(g, y, 0.25), y);
}

static rn_value *build_flatten(rn_graph *g, rn_value *x)
{
    rn_value *y = conv3x3(g, x, "conv1");
    rn_value *pooled = rn_flatten(g, rn_global_avg_pool(g, y));
    pooled = rn_linear(g, pooled, "fc1", (rn_linear_attrs){ .units = 6, .has_bias = 1 });
    y = rn_linear(g, rn_flatten(g, y), "fc2", (rn_linear_attrs){ .units = 6 });
    return rn_add(g, y, pooled);
}

static rn_value *build_avg_pool_same(rn_graph *g, rn_value *x)
{
    rn_pool_attrs same = { .kernel = { 3, 2 },
                           .stride = { 2, 1 },
                           .padding_mode = RN_PADDING_SAME };
    rn_pool_attrs inside = same;
    inside.exclude_padding = 1;
    rn_value *y = conv3x3(g, x, "conv1");
    return rn_add(g, rn_avg_pool(g, y, same), rn_avg_pool(g, y, inside));
}

static rn_value *build_conv_same(rn_graph *g, rn_value *x)
{
    rn_conv2d_attrs conv = { .channels = 8,
                             .kernel = { 4, 2 },
                             .stride = { 2, 3 },
                             .dilation = { 1, 2 },
                             .groups = 4,
                             .has_bias = 1,
                             .padding_mode = RN_PADDING_SAME };
    return rn_conv2d(g, conv3x3(g, x, "conv1"), "conv2", conv);
}

/* A gate for each channel, one for each element, and slices that overlap. */
static rn_value *build_gates(rn_graph *g, rn_value *x)
{
    rn_value *y = rn_silu(g, conv3x3(g, x, "conv1"));
    rn_value *squeezed = rn_global_avg_pool(g, y);
    rn_conv2d_attrs excite = { .channels = 8, .kernel = { 1, 1 }, .has_bias = 1 };
    rn_value *gate = rn_sigmoid(g, rn_conv2d(g, squeezed, "excite", excite));
    y = rn_multiply(g, y, gate);
    rn_value *share = rn_sigmoid(g, conv3x3(g, y, "share"));
    y = rn_add(g, rn_multiply(g, y, share),
               rn_multiply(g, rn_tanh(g, y), rn_scale(g, share, -1, 1)));
    y = rn_subtract(g, rn_slice(g, y, 0, 5), rn_gelu(g, rn_slice(g, y, 3, 5)));
    return rn_multiply(g, y, y);
}

/* Results that nothing differentiated reads, and an input without them. */
static rn_value *build_unused(rn_graph *g, rn_value *x)
{
    rn_value *y = conv3x3(g, x, "conv1");
    (void)rn_relu(g, rn_batch_norm(g, y, "unused", (rn_batch_norm_attrs){ 0 }));
    return conv3x3(g, y, "conv2");
}

const autodiff_case autodiff_cases[] = {
    { .name = "fan-out", .build = build_fan_out },
    { .name = "concat", .build = build_concat },
    { .name = "dropout", .build = build_dropout },
    { .name = "flatten and linear", .build = build_flatten },
    { .name = "avg_pool, same padding", .build = build_avg_pool_same },
    { .name = "conv2d, same padding", .build = build_conv_same },
    { .name = "gates and slices", .build = build_gates },
    { .name = "unused results", .build = build_unused },
    { "residual", "residual/residual", { INT("channels", 8) }, NULL },
    { "residual, 1x1", "residual/residual", { INT("channels", 8), BOOL("use_1x1conv", 1) }, NULL },
    { "residual, stride 2",
      "residual/residual",
      { INT("channels", 12), INT("stride", 2), BOOL("use_1x1conv", 1) },
      NULL },
#define SHORTCUTS(block, channels)                                                                 \
    { #block ", A",                                                                                \
      "residual/" #block,                                                                          \
      { INT("channels", channels), CHOICE("shortcut", "A") },                                      \
      NULL },                                                                                      \
        { #block ", A, stride 2",                                                                  \
          "residual/" #block,                                                                      \
          { INT("channels", channels), CHOICE("shortcut", "A"), INT("stride", 2) },                \
          NULL },                                                                                  \
        { #block ", B",                                                                            \
          "residual/" #block,                                                                      \
          { INT("channels", channels), CHOICE("shortcut", "B") },                                  \
          NULL },                                                                                  \
        { #block ", B, stride 2",                                                                  \
          "residual/" #block,                                                                      \
          { INT("channels", channels), CHOICE("shortcut", "B"), INT("stride", 2) },                \
          NULL },                                                                                  \
    {                                                                                              \
#block ", C", "residual/" #block,                                                          \
            { INT("channels", channels), CHOICE("shortcut", "C") }, NULL                           \
    }
    SHORTCUTS(basic, 8),
    SHORTCUTS(bottleneck, 2),
    SHORTCUTS(preact_basic, 8),
    SHORTCUTS(preact_bottleneck, 2),
    { "bottleneck, stride on the 1x1",
      "residual/bottleneck",
      { INT("channels", 4), INT("stride", 2), CHOICE("stride_on", "1x1"),
        FLOAT("width_factor", 2) },
      NULL },
    { "preact_bottleneck, stride on the 1x1",
      "residual/preact_bottleneck",
      { INT("channels", 4), INT("stride", 2), CHOICE("stride_on", "1x1") },
      NULL },
    { "basic, more channels by A",
      "residual/basic",
      { INT("channels", 13), CHOICE("shortcut", "A"), INT("stride", 3) },
      NULL },
    { "resnext",
      "resnext/resnext",
      { INT("channels", 16), INT("cardinality", 2), INT("group_width", 8) },
      NULL },
    { "resnext, stride 2",
      "resnext/resnext",
      { INT("channels", 16), INT("cardinality", 4), INT("group_width", 8), INT("stride", 2) },
      NULL },
    { "resnext, identity",
      "resnext/resnext",
      { INT("channels", 2), INT("cardinality", 2), INT("group_width", 64) },
      NULL },
    { "resnext of the book",
      "resnext/book",
      { INT("channels", 8), INT("group_width", 4), FLOAT("bottleneck_ratio", 1) },
      NULL },
    { "resnext of the book, stride 2",
      "resnext/book",
      { INT("channels", 16), INT("group_width", 4), FLOAT("bottleneck_ratio", 0.5),
        INT("stride", 2), BOOL("use_1x1conv", 1) },
      NULL },
    { 0 },
};
