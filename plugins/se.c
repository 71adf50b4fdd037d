/* se.c: squeeze and excitation: the gate of the channels, and residual blocks with it. */
#include <resnet/plugin.h>
#include <string.h>

#define EXPANSION 4 /* a bottleneck's output has four times the channels of its 3x3 convolution */

static rn_conv2d_attrs conv(int64_t channels, int64_t kernel, int64_t stride)
{
    return (rn_conv2d_attrs){ .channels = channels,
                              .kernel = { kernel, kernel },
                              .stride = { stride, stride },
                              .padding = { kernel / 2, kernel / 2 } };
}

static rn_value *norm(rn_graph *g, rn_value *x, const char *name)
{
    return rn_batch_norm(g, x, name, (rn_batch_norm_attrs){ 0 });
}

static rn_value *norm_relu(rn_graph *g, rn_value *x, const char *name)
{
    return rn_relu(g, norm(g, x, name));
}

/* The channels that x's are squeezed to: as told, or a share of them, rounded to a multiple. */
static int64_t squeezed(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int64_t given = rn_attr_int(g, attrs, "squeezed"), divisor = rn_attr_int(g, attrs, "divisor");
    int64_t share = rn_dim(g, x, 1) / rn_attr_int(g, attrs, "reduction");
    int64_t rounded = (share + divisor / 2) / divisor * divisor;
    if (given)
        return given;
    return rounded < divisor ? divisor : rounded;
}

static rn_value *build_se(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    rn_conv2d_attrs fc = conv(squeezed(g, attrs, x), 1, 1);
    fc.has_bias = 1;
    rn_value *gate = rn_relu(g, rn_conv2d(g, rn_global_avg_pool(g, x), "fc1", fc));
    fc.channels = rn_dim(g, x, 1);
    return rn_multiply(g, x, rn_sigmoid(g, rn_conv2d(g, gate, "fc2", fc)));
}

/* The gate of a residual block. */
static rn_value *gated(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    static const char *const names[] = { "squeezed", "reduction", "divisor" };
    rn_setting settings[3];
    for (int i = 0; i < 3; i++)
        settings[i] = rn_set_int(names[i], rn_attr_int(g, attrs, names[i]));
    return rn_block_call(g, "se", "se", x, settings, 3);
}

/* B projects by a 1x1 with the stride, D takes means of stride x stride pixels first. */
static rn_value *shortcut(rn_graph *g, const rn_attrs *attrs, rn_value *x, int64_t channels)
{
    int64_t stride = rn_attr_int(g, attrs, "stride");
    if (stride == 1 && rn_dim(g, x, 1) == channels)
        return x;
    if (strcmp(rn_attr_text(g, attrs, "shortcut"), "B") == 0)
        return norm(g, rn_conv2d(g, x, "downsample.0", conv(channels, 1, stride)), "downsample.1");
    if (stride > 1)
        x = rn_avg_pool(g, x,
                        (rn_pool_attrs){ .kernel = { stride, stride },
                                         .padding_mode = RN_PADDING_SAME,
                                         .exclude_padding = 1 });
    return norm(g, rn_conv2d(g, x, "downsample.1", conv(channels, 1, 1)), "downsample.2");
}

/* The last normalisation, the gate, the sum with the shortcut, and relu. */
static rn_value *join(rn_graph *g, const rn_attrs *attrs, rn_value *y, const char *last,
                      rn_value *x)
{
    double rate = rn_attr_float(g, attrs, "drop_path");
    int64_t channels = rn_dim(g, y, 1);
    y = rn_batch_norm(g, y, last,
                      (rn_batch_norm_attrs){ .zero_init = rn_attr_bool(g, attrs, "zero_init") });
    y = gated(g, attrs, y);
    if (rate > 0)
        y = rn_drop_path(g, y, rate);
    return rn_relu(g, rn_add(g, y, shortcut(g, attrs, x, channels)));
}

static rn_value *build_basic(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int64_t channels = rn_attr_int(g, attrs, "channels");

    rn_value *y = rn_conv2d(g, x, "conv1", conv(channels, 3, rn_attr_int(g, attrs, "stride")));
    y = rn_conv2d(g, norm_relu(g, y, "bn1"), "conv2", conv(channels, 3, 1));
    return join(g, attrs, y, "bn2", x);
}

static rn_value *build_bottleneck(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int64_t planes = rn_attr_int(g, attrs, "channels");

    rn_value *y = rn_conv2d(g, x, "conv1", conv(planes, 1, 1));
    y = norm_relu(g, y, "bn1");
    y = rn_conv2d(g, y, "conv2", conv(planes, 3, rn_attr_int(g, attrs, "stride")));
    y = rn_conv2d(g, norm_relu(g, y, "bn2"), "conv3", conv(EXPANSION * planes, 1, 1));
    return join(g, attrs, y, "bn3", x);
}

#define SQUEEZE                                                                                    \
    RN_ATTR_ROW(INT, "squeezed", "0", 0, 65536, "channels", NULL,                                  \
                "channels between the gate's two layers; 0: by reduction and divisor"),            \
        RN_ATTR_ROW(INT, "reduction", "16", 1, 65536, "", NULL,                                    \
                    "by which the channels are divided between the gate's two layers"),            \
        RN_ATTR_ROW(INT, "divisor", "1", 1, 1024, "channels", NULL,                                \
                    "rounds these channels to a multiple, at least one (timm: 8)")
#define RESIDUAL                                                                                   \
    RN_ATTR_ROW(INT, "stride", "1", 1, 64, "pixels", NULL,                                         \
                "step of the whole block, by the first 3x3 convolution"),                          \
        RN_ATTR_ROW(CHOICE, "shortcut", "B", 0, 0, "", "B|D",                                      \
                    "where the shape changes: B: projection; D: projection of means of "           \
                    "stride x stride pixels"),                                                     \
        SQUEEZE,                                                                                   \
        RN_ATTR_ROW(BOOL, "zero_init", "false", 0, 0, "", NULL,                                    \
                    "start the last normalisation's weight at 0"),                                 \
        RN_ATTR_ROW(FLOAT, "drop_path", "0", 0, 0.999999, "share of 1", NULL,                      \
                    "training leaves out the residual of this share of the samples; default: by "  \
                    "network.drop_path")

static const rn_attr se_attrs[] = { SQUEEZE };
static const rn_attr basic_attrs[] = {
    RN_ATTR_ROW(INT, "channels", NULL, 1, 65536, "channels", NULL, "channels of the output"),
    RESIDUAL,
};
static const rn_attr bottleneck_attrs[] = {
    RN_ATTR_ROW(INT, "channels", NULL, 1, 65536, "channels", NULL,
                "channels of the 3x3 convolution; the output has 4 times as many"),
    RESIDUAL,
};

#define BLOCK(block, doc_text, source_text)                                                        \
    static const rn_block block##_block = { .size = sizeof(rn_block),                              \
                                            .n_attrs =                                             \
                                                sizeof block##_attrs / sizeof block##_attrs[0],    \
                                            .name = #block,                                        \
                                            .doc = doc_text,                                       \
                                            .source = source_text,                                 \
                                            .attrs = block##_attrs,                                \
                                            .build = build_##block }

BLOCK(se, "Multiplies each channel by a gate that two layers compute from the channels' means.",
      "Hu et al. 2018, arXiv:1709.01507, section 3; the layers are 1x1 convolutions with biases "
      "(timm)");
BLOCK(basic, "Two 3x3 convolutions and a gate of the channels.",
      "Hu et al. 2018, arXiv:1709.01507, figure 3, in the block of arXiv:1512.03385, figure 5 "
      "left; shortcut D: He et al. 2019, arXiv:1812.01187, figure 2c; timm's names");
BLOCK(bottleneck, "1x1, 3x3 and 1x1 convolutions and a gate of the channels.",
      "Hu et al. 2018, arXiv:1709.01507, figure 3, in the block of arXiv:1512.03385, figure 5 "
      "right, with the stride on the 3x3; shortcut D: He et al. 2019, arXiv:1812.01187, figure "
      "2c; timm's names");

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    static const rn_block *const blocks[] = { &se_block, &basic_block, &bottleneck_block };
    (void)host;
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "se";
    plugin->version = "0.1.0";
    plugin->doc = "Squeeze and excitation: the gate, and residual blocks with it.";
    plugin->blocks = blocks;
    plugin->n_blocks = sizeof blocks / sizeof blocks[0];
    return RN_OK;
}
