/* resnext.c: the aggregated residual blocks: the paper's (cardinality times width) and the book's
 * (group width and bottleneck ratio). */
#include <math.h>
#include <resnet/plugin.h>

#define EXPANSION 4 /* the output has four times the base channels; the paper's table 1 */

static rn_conv2d_attrs conv1x1(int64_t channels, int64_t stride)
{
    return (
        rn_conv2d_attrs){ .channels = channels, .kernel = { 1, 1 }, .stride = { stride, stride } };
}

static rn_conv2d_attrs grouped3x3(int64_t channels, int64_t stride, int64_t groups)
{
    return (rn_conv2d_attrs){ .channels = channels,
                              .kernel = { 3, 3 },
                              .stride = { stride, stride },
                              .padding = { 1, 1 },
                              .groups = groups };
}

static rn_conv2d_attrs with_bias(rn_conv2d_attrs attrs)
{
    attrs.has_bias = 1;
    return attrs;
}

static rn_conv2d_attrs padded_same(rn_conv2d_attrs attrs)
{
    attrs.padding_mode = RN_PADDING_SAME;
    attrs.padding[0] = attrs.padding[1] = 0;
    return attrs;
}

static rn_value *norm(rn_graph *g, rn_value *x, const char *name)
{
    return rn_batch_norm(g, x, name, (rn_batch_norm_attrs){ 0 });
}

static rn_value *norm_relu(rn_graph *g, rn_value *x, const char *name)
{
    return rn_relu(g, norm(g, x, name));
}

/* The normalisation before the sum; with zero_init the block initially equals its shortcut. */
static rn_value *last_norm(rn_graph *g, const rn_attrs *attrs, rn_value *x, const char *name)
{
    int32_t zero_init = rn_attr_bool(g, attrs, "zero_init");
    return rn_batch_norm(g, x, name, (rn_batch_norm_attrs){ .zero_init = zero_init });
}

/* The sum of the residual and the shortcut; drop_path leaves the residual out at random. */
static rn_value *join(rn_graph *g, const rn_attrs *attrs, rn_value *residual, rn_value *shortcut)
{
    double rate = rn_attr_float(g, attrs, "drop_path");
    return rn_add(g, rate > 0 ? rn_drop_path(g, residual, rate) : residual, shortcut);
}

static rn_value *build_resnext(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int64_t base = rn_attr_int(g, attrs, "channels"), channels = EXPANSION * base;
    int64_t cardinality = rn_attr_int(g, attrs, "cardinality");
    int64_t group_width = rn_attr_int(g, attrs, "group_width");
    int64_t stride = rn_attr_int(g, attrs, "stride");
    int64_t inner = base * group_width / 64 * cardinality; /* group_width is for base 64 */

    if (inner < 1)
        return g->fail(g, RN_E_CONFIG,
                       "channels %lld with group_width %lld leave no channel in a group",
                       (long long)base, (long long)group_width);

    rn_value *y = rn_conv2d(g, x, "conv1", conv1x1(inner, 1));
    y = rn_conv2d(g, norm_relu(g, y, "bn1"), "conv2", grouped3x3(inner, stride, cardinality));
    y = rn_conv2d(g, norm_relu(g, y, "bn2"), "conv3", conv1x1(channels, 1));
    y = last_norm(g, attrs, y, "bn3");
    if (stride != 1 || rn_dim(g, x, 1) != channels)
        x = norm(g, rn_conv2d(g, x, "downsample.0", conv1x1(channels, stride)), "downsample.1");
    return rn_relu(g, join(g, attrs, y, x));
}

static rn_value *build_book(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int64_t channels = rn_attr_int(g, attrs, "channels"), found = rn_dim(g, x, 1);
    int64_t width = rn_attr_int(g, attrs, "group_width");
    int64_t stride = rn_attr_int(g, attrs, "stride");
    int32_t use_1x1conv = rn_attr_bool(g, attrs, "use_1x1conv");
    double ratio = rn_attr_float(g, attrs, "bottleneck_ratio");
    /* Halves are rounded to even, as by the book's round(). */
    int64_t inner = (int64_t)nearbyint((double)channels * ratio);

    if (inner < width || inner % width != 0)
        return g->fail(g, RN_E_CONFIG,
                       "the bottleneck's %lld channels cannot be divided into groups of %lld "
                       "(group_width)",
                       (long long)inner, (long long)width);
    if (!use_1x1conv && (stride != 1 || channels != found))
        return g->fail(g, RN_E_CONFIG,
                       "stride %lld from %lld to %lld channels needs use_1x1conv = true",
                       (long long)stride, (long long)found, (long long)channels);

    rn_value *y = rn_conv2d(g, x, "conv1", with_bias(conv1x1(inner, 1)));
    y = norm_relu(g, y, "bn1");
    rn_conv2d_attrs conv2 = with_bias(grouped3x3(inner, stride, inner / width));
    if (rn_attr_bool(g, attrs, "same_padding"))
        conv2 = padded_same(conv2);
    y = rn_conv2d(g, y, "conv2", conv2);
    y = norm_relu(g, y, "bn2");
    y = rn_conv2d(g, y, "conv3", with_bias(conv1x1(channels, 1)));
    y = last_norm(g, attrs, y, "bn3");
    if (use_1x1conv)
        x = norm(g, rn_conv2d(g, x, "conv4", with_bias(conv1x1(channels, stride))), "bn4");
    return rn_relu(g, join(g, attrs, y, x));
}

#define STRIDE RN_ATTR_ROW(INT, "stride", "1", 1, 64, "pixels", NULL, "step of the whole block")
#define ZERO_INIT                                                                                  \
    RN_ATTR_ROW(BOOL, "zero_init", "false", 0, 0, "", NULL,                                        \
                "start the last normalisation's weight at 0")
#define DROP_PATH                                                                                  \
    RN_ATTR_ROW(FLOAT, "drop_path", "0", 0, 0.999999, "share of 1", NULL,                          \
                "training leaves out the residual of this share of the samples; default: by "      \
                "network.drop_path")

static const rn_attr resnext_attrs[] = {
    RN_ATTR_ROW(INT, "channels", NULL, 1, 65536, "channels", NULL,
                "base width: 64, 128, 256, 512 in the four stages; the output has 4 times as many"),
    STRIDE,
    RN_ATTR_ROW(INT, "cardinality", "32", 1, 4096, "groups", NULL, "number of paths"),
    RN_ATTR_ROW(INT, "group_width", "4", 1, 4096, "channels", NULL,
                "channels of a path where the base width is 64; grows with the base width"),
    ZERO_INIT,
    DROP_PATH,
};

static const rn_attr book_attrs[] = {
    RN_ATTR_ROW(INT, "channels", NULL, 1, 65536, "channels", NULL, "channels of the output"),
    STRIDE,
    RN_ATTR_ROW(INT, "group_width", NULL, 1, 65536, "channels", NULL, "channels of a group"),
    RN_ATTR_ROW(FLOAT, "bottleneck_ratio", NULL, 0.015625, 64, "", NULL,
                "channels of the 3x3 convolution as a share of the output's"),
    RN_ATTR_ROW(BOOL, "use_1x1conv", "false", 0, 0, "", NULL, "1x1 convolution on the shortcut"),
    RN_ATTR_ROW(BOOL, "same_padding", "false", 0, 0, "", NULL,
                "pad a 3x3 with a stride as the book's TensorFlow and JAX do"),
    ZERO_INIT,
    DROP_PATH,
};

static const rn_block resnext_block = {
    .size = sizeof(rn_block),
    .n_attrs = sizeof resnext_attrs / sizeof resnext_attrs[0],
    .name = "resnext",
    .doc = "1x1, grouped 3x3 and 1x1 convolutions with four times the channels at the end.",
    .source = "Xie et al. 2017, arXiv:1611.05431, figure 3c; shortcut B; the stride is on the 3x3",
    .attrs = resnext_attrs,
    .build = build_resnext,
};

static const rn_block book_block = {
    .size = sizeof(rn_block),
    .n_attrs = sizeof book_attrs / sizeof book_attrs[0],
    .name = "book",
    .doc = "1x1, grouped 3x3 and 1x1 convolutions with biases and an optional 1x1 shortcut.",
    .source = "Dive into Deep Learning, section 8.6.5; its `groups` is the width of a group, here "
              "group_width, and its `bot_mul` is bottleneck_ratio",
    .attrs = book_attrs,
    .build = build_book,
};

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    static const rn_block *const blocks[] = { &resnext_block, &book_block };
    (void)host;
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "resnext";
    plugin->version = "0.1.0";
    plugin->doc = "Aggregated residual blocks: the paper's and the book's.";
    plugin->blocks = blocks;
    plugin->n_blocks = sizeof blocks / sizeof blocks[0];
    return RN_OK;
}
