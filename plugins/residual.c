/* residual.c: the residual blocks: the book's, He et al. 2016's basic and bottleneck, and their
 * pre-activation forms. */
#include <resnet/plugin.h>
#include <string.h>

#define EXPANSION 4 /* a bottleneck's output has four times the channels of its 3x3 convolution */

/* The shape of a block. */
typedef struct unit {
    int64_t channels; /* of the output */
    int64_t inner;    /* of the convolutions before the last */
    int64_t stride;
    const char *shortcut;
} unit;

static rn_conv2d_attrs conv1x1(int64_t channels, int64_t stride)
{
    return (
        rn_conv2d_attrs){ .channels = channels, .kernel = { 1, 1 }, .stride = { stride, stride } };
}

static rn_conv2d_attrs conv3x3(int64_t channels, int64_t stride)
{
    return (rn_conv2d_attrs){
        .channels = channels, .kernel = { 3, 3 }, .stride = { stride, stride }, .padding = { 1, 1 }
    };
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

/* The sum of the residual and the shortcut; drop_path leaves the residual out at random. Without a
 * shortcut the block is plain. */
static rn_value *join(rn_graph *g, const rn_attrs *attrs, rn_value *residual, rn_value *shortcut)
{
    double rate = rn_attr_float(g, attrs, "drop_path");
    if (!shortcut && rate > 0)
        return g->fail(g, RN_E_CONFIG, "drop_path leaves nothing without a shortcut");
    if (!shortcut)
        return residual;
    return rn_add(g, rate > 0 ? rn_drop_path(g, residual, rate) : residual, shortcut);
}

static int32_t changes_shape(rn_graph *g, rn_value *x, unit u)
{
    return u.stride != 1 || rn_dim(g, x, 1) != u.channels;
}

static int32_t is_plain(unit u)
{
    return strcmp(u.shortcut, "none") == 0;
}

static int32_t is_averaged(unit u)
{
    return strcmp(u.shortcut, "D") == 0;
}

static int32_t is_projected(rn_graph *g, rn_value *x, unit u)
{
    int32_t where_needed = strcmp(u.shortcut, "B") == 0 || is_averaged(u);
    return strcmp(u.shortcut, "C") == 0 || (where_needed && changes_shape(g, x, u));
}

/* A projection that strides; in shortcut D means of stride x stride pixels do so before it. */
static rn_value *project(rn_graph *g, rn_value *x, const char *name, unit u)
{
    if (!is_averaged(u))
        return rn_conv2d(g, x, name, conv1x1(u.channels, u.stride));
    if (u.stride > 1)
        x = rn_avg_pool(g, x,
                        (rn_pool_attrs){ .kernel = { u.stride, u.stride },
                                         .padding_mode = RN_PADDING_SAME,
                                         .exclude_padding = 1 });
    return rn_conv2d(g, x, name, conv1x1(u.channels, 1));
}

/* Shortcut A: keeps every stride-th pixel and adds channels of zeros, half of them in front. */
static rn_value *zero_channels(rn_graph *g, rn_value *x, unit u)
{
    int64_t found = rn_dim(g, x, 1), added = u.channels - found;
    if (added < 0)
        return g->fail(g, RN_E_CONFIG,
                       "shortcut \"A\" can only add channels, but here %lld become %lld; "
                       "use shortcut \"B\"",
                       (long long)found, (long long)u.channels);
    return rn_subsample(g, x,
                        (rn_subsample_attrs){ .stride = { u.stride, u.stride },
                                              .channels_before = added / 2,
                                              .channels_after = added - added / 2 });
}

static rn_value *shortcut(rn_graph *g, rn_value *x, unit u)
{
    if (is_plain(u))
        return NULL;
    if (is_projected(g, x, u)) {
        x = project(g, x, is_averaged(u) ? "downsample.1" : "downsample.0", u);
        return norm(g, x, is_averaged(u) ? "downsample.2" : "downsample.1");
    }
    return changes_shape(g, x, u) ? zero_channels(g, x, u) : x;
}

/* Of x, or of the activated x if the shape changes; the projection has no normalisation. */
static rn_value *preact_shortcut(rn_graph *g, rn_value *x, rn_value *activated, unit u)
{
    if (is_plain(u))
        return NULL;
    if (is_projected(g, x, u))
        return project(g, activated, "shortcut", u);
    return changes_shape(g, x, u) ? zero_channels(g, activated, u) : x;
}

static unit read_basic(rn_graph *g, const rn_attrs *attrs)
{
    int64_t channels = rn_attr_int(g, attrs, "channels");
    double inner = (double)channels * rn_attr_float(g, attrs, "width_factor");
    if (inner < 1)
        g->fail(g, RN_E_CONFIG, "width_factor leaves no channel of %lld", (long long)channels);
    return (unit){ .channels = channels,
                   .inner = (int64_t)inner,
                   .stride = rn_attr_int(g, attrs, "stride"),
                   .shortcut = rn_attr_text(g, attrs, "shortcut") };
}

static unit read_bottleneck(rn_graph *g, const rn_attrs *attrs)
{
    unit u = read_basic(g, attrs);
    u.channels *= EXPANSION;
    return u;
}

/* The strides of a bottleneck's 1x1 and 3x3 convolutions. */
static void split_stride(rn_graph *g, const rn_attrs *attrs, int64_t stride, int64_t split[2])
{
    int32_t on_1x1 = strcmp(rn_attr_text(g, attrs, "stride_on"), "1x1") == 0;
    split[0] = on_1x1 ? stride : 1;
    split[1] = on_1x1 ? 1 : stride;
}

static rn_value *build_residual(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int64_t channels = rn_attr_int(g, attrs, "channels"), found = rn_dim(g, x, 1);
    int64_t stride = rn_attr_int(g, attrs, "stride");
    int32_t use_1x1conv = rn_attr_bool(g, attrs, "use_1x1conv");

    if (!use_1x1conv && stride != 1)
        return g->fail(g, RN_E_CONFIG, "stride %lld needs use_1x1conv = true", (long long)stride);
    if (!use_1x1conv && channels != found)
        return g->fail(g, RN_E_CONFIG, "going from %lld to %lld channels needs use_1x1conv = true",
                       (long long)found, (long long)channels);

    rn_conv2d_attrs first = with_bias(conv3x3(channels, stride));
    if (rn_attr_bool(g, attrs, "same_padding"))
        first = padded_same(first);
    rn_value *y = rn_conv2d(g, x, "conv1", first);
    y = rn_conv2d(g, norm_relu(g, y, "bn1"), "conv2", with_bias(conv3x3(channels, 1)));
    y = last_norm(g, attrs, y, "bn2");
    if (use_1x1conv)
        x = rn_conv2d(g, x, "conv3", with_bias(conv1x1(channels, stride)));
    return rn_relu(g, join(g, attrs, y, x));
}

static rn_value *build_basic(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    unit u = read_basic(g, attrs);

    rn_value *y = rn_conv2d(g, x, "conv1", conv3x3(u.inner, u.stride));
    y = rn_conv2d(g, norm_relu(g, y, "bn1"), "conv2", conv3x3(u.channels, 1));
    y = last_norm(g, attrs, y, "bn2");
    return rn_relu(g, join(g, attrs, y, shortcut(g, x, u)));
}

static rn_value *build_bottleneck(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    unit u = read_bottleneck(g, attrs);
    int64_t stride[2];
    split_stride(g, attrs, u.stride, stride);

    rn_value *y = rn_conv2d(g, x, "conv1", conv1x1(u.inner, stride[0]));
    y = rn_conv2d(g, norm_relu(g, y, "bn1"), "conv2", conv3x3(u.inner, stride[1]));
    y = rn_conv2d(g, norm_relu(g, y, "bn2"), "conv3", conv1x1(u.channels, 1));
    y = last_norm(g, attrs, y, "bn3");
    return rn_relu(g, join(g, attrs, y, shortcut(g, x, u)));
}

static rn_value *build_preact_basic(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    unit u = read_basic(g, attrs);

    rn_value *activated = norm_relu(g, x, "bn1");
    rn_value *y = rn_conv2d(g, activated, "conv1", conv3x3(u.inner, u.stride));
    y = rn_conv2d(g, norm_relu(g, y, "bn2"), "conv2", conv3x3(u.channels, 1));
    return join(g, attrs, y, preact_shortcut(g, x, activated, u));
}

static rn_value *build_preact_bottleneck(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    unit u = read_bottleneck(g, attrs);
    int64_t stride[2];
    split_stride(g, attrs, u.stride, stride);

    rn_value *activated = norm_relu(g, x, "bn1");
    rn_value *y = rn_conv2d(g, activated, "conv1", conv1x1(u.inner, stride[0]));
    y = rn_conv2d(g, norm_relu(g, y, "bn2"), "conv2", conv3x3(u.inner, stride[1]));
    y = rn_conv2d(g, norm_relu(g, y, "bn3"), "conv3", conv1x1(u.channels, 1));
    return join(g, attrs, y, preact_shortcut(g, x, activated, u));
}

#define CHANNELS                                                                                   \
    RN_ATTR_ROW(INT, "channels", NULL, 1, 65536, "channels", NULL, "channels of the output")
#define PLANES                                                                                     \
    RN_ATTR_ROW(                                                                                   \
        INT, "channels", NULL, 1, 65536, "channels", NULL,                                         \
        "channels of the 3x3 convolution at width_factor 1; the output has 4 times as many")
#define STRIDE RN_ATTR_ROW(INT, "stride", "1", 1, 64, "pixels", NULL, "step of the whole block")
#define SHORTCUT                                                                                   \
    RN_ATTR_ROW(CHOICE, "shortcut", "B", 0, 0, "", "A|B|C|D|none",                                 \
                "A: zero channels; B: projection where the shape changes; C: projection "          \
                "everywhere; D: as B, of means of stride x stride pixels; none: a plain network")
#define STRIDE_ON                                                                                  \
    RN_ATTR_ROW(CHOICE, "stride_on", "3x3", 0, 0, "", "3x3|1x1",                                   \
                "which convolution strides: the 3x3 (torchvision) or the first 1x1 (the paper)")
#define WIDTH_FACTOR                                                                               \
    RN_ATTR_ROW(FLOAT, "width_factor", "1", 0.015625, 64, "", NULL,                                \
                "widens the convolutions before the last, rounded down (wide ResNet: 2)")
#define ZERO_INIT                                                                                  \
    RN_ATTR_ROW(BOOL, "zero_init", "false", 0, 0, "", NULL,                                        \
                "start the last normalisation's weight at 0")
#define DROP_PATH                                                                                  \
    RN_ATTR_ROW(FLOAT, "drop_path", "0", 0, 0.999999, "share of 1", NULL,                          \
                "training leaves out the residual of this share of the samples; default: by "      \
                "network.drop_path")

static const rn_attr residual_attrs[] = {
    CHANNELS,
    STRIDE,
    RN_ATTR_ROW(BOOL, "use_1x1conv", "false", 0, 0, "", NULL, "1x1 convolution on the shortcut"),
    RN_ATTR_ROW(BOOL, "same_padding", "false", 0, 0, "", NULL,
                "pad a 3x3 with a stride as the book's TensorFlow and JAX do"),
    ZERO_INIT,
    DROP_PATH,
};
static const rn_attr basic_attrs[] = { CHANNELS,     STRIDE,    SHORTCUT,
                                       WIDTH_FACTOR, ZERO_INIT, DROP_PATH };
static const rn_attr bottleneck_attrs[] = { PLANES,       STRIDE,    SHORTCUT, STRIDE_ON,
                                            WIDTH_FACTOR, ZERO_INIT, DROP_PATH };
static const rn_attr preact_basic_attrs[] = { CHANNELS, STRIDE, SHORTCUT, WIDTH_FACTOR, DROP_PATH };
static const rn_attr preact_bottleneck_attrs[] = { PLANES,    STRIDE,       SHORTCUT,
                                                   STRIDE_ON, WIDTH_FACTOR, DROP_PATH };

#define BLOCK(block, doc_text, source_text)                                                        \
    static const rn_block block##_block = { .size = sizeof(rn_block),                              \
                                            .n_attrs =                                             \
                                                sizeof block##_attrs / sizeof block##_attrs[0],    \
                                            .name = #block,                                        \
                                            .doc = doc_text,                                       \
                                            .source = source_text,                                 \
                                            .attrs = block##_attrs,                                \
                                            .build = build_##block }

BLOCK(residual, "Two 3x3 convolutions with biases and an optional 1x1 convolution as the shortcut.",
      "Dive into Deep Learning, section 8.6; no normalisation on the shortcut");
BLOCK(basic, "Two 3x3 convolutions.",
      "He et al. 2016, arXiv:1512.03385, figure 5 left; projections are normalised (torchvision)");
BLOCK(bottleneck, "1x1, 3x3 and 1x1 convolutions with four times the channels at the end.",
      "He et al. 2016, arXiv:1512.03385, figure 5 right; projections are normalised and the stride "
      "is on the 3x3 unless stride_on says otherwise (torchvision)");
BLOCK(preact_basic, "Two 3x3 convolutions, each after its normalisation and relu.",
      "He et al. 2016, arXiv:1603.05027, figure 4e; the network needs a last batch_norm and relu");
BLOCK(preact_bottleneck, "1x1, 3x3 and 1x1 convolutions, each after its normalisation and relu.",
      "He et al. 2016, arXiv:1603.05027, figure 4e; the network needs a last batch_norm and relu; "
      "the stride is on the 3x3 unless stride_on says otherwise");

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    static const rn_block *const blocks[] = { &residual_block, &basic_block, &bottleneck_block,
                                              &preact_basic_block, &preact_bottleneck_block };
    (void)host;
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "residual";
    plugin->version = "0.1.0";
    plugin->doc = "Residual blocks: the book's, basic, bottleneck and pre-activation.";
    plugin->blocks = blocks;
    plugin->n_blocks = sizeof blocks / sizeof blocks[0];
    return RN_OK;
}
