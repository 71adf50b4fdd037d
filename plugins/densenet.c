/* densenet.c: DenseNet's blocks, whose layers read all that was computed before them: the paper's
 * and the book's. */
#include <resnet/plugin.h>
#include <stdio.h>

/* A normalisation, relu and a convolution that keeps the size. */
typedef struct unit {
    const char *norm, *conv;
    int64_t channels, kernel;
    int32_t has_bias;
} unit;

static rn_value *apply(rn_graph *g, rn_value *x, const char *prefix, unit u)
{
    char norm[64], conv[64];
    snprintf(norm, sizeof norm, "%s%s", prefix, u.norm);
    snprintf(conv, sizeof conv, "%s%s", prefix, u.conv);
    x = rn_relu(g, rn_batch_norm(g, x, norm, (rn_batch_norm_attrs){ 0 }));
    return rn_conv2d(g, x, conv,
                     (rn_conv2d_attrs){ .channels = u.channels,
                                        .kernel = { u.kernel, u.kernel },
                                        .padding = { u.kernel / 2, u.kernel / 2 },
                                        .has_bias = u.has_bias });
}

static rn_value *append_channels(rn_graph *g, rn_value *x, rn_value *y)
{
    rn_value *both[2] = { x, y };
    return rn_concat(g, both, 2);
}

static rn_value *build_densenet(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int64_t layers = rn_attr_int(g, attrs, "layers"), growth = rn_attr_int(g, attrs, "growth");
    int64_t inner = growth * rn_attr_int(g, attrs, "bottleneck");
    for (int64_t i = 1; i <= layers; i++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "denselayer%d.", (int)i);
        rn_value *y = apply(g, x, prefix, (unit){ "norm1", "conv1", inner, 1, 0 });
        y = apply(g, y, prefix, (unit){ "norm2", "conv2", growth, 3, 0 });
        x = append_channels(g, x, y);
    }
    return x;
}

static rn_value *build_book(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int64_t layers = rn_attr_int(g, attrs, "layers"), growth = rn_attr_int(g, attrs, "growth");
    for (int64_t i = 0; i < layers; i++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "net.%d.", (int)i);
        x = append_channels(g, x, apply(g, x, prefix, (unit){ "0", "2", growth, 3, 1 }));
    }
    return x;
}

/* Half the channels and half the size. */
static rn_value *transition(rn_graph *g, rn_value *x, unit u)
{
    u.channels = rn_dim(g, x, 1) / 2;
    return rn_avg_pool(g, apply(g, x, "", u), (rn_pool_attrs){ .kernel = { 2, 2 } });
}

static rn_value *build_transition(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    (void)attrs;
    return transition(g, x, (unit){ .norm = "norm", .conv = "conv", .kernel = 1 });
}

static rn_value *build_book_transition(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    (void)attrs;
    return transition(g, x, (unit){ .norm = "0", .conv = "2", .kernel = 1, .has_bias = 1 });
}

#define LAYERS RN_ATTR_ROW(INT, "layers", NULL, 1, 256, "", NULL, "number of layers")
#define GROWTH                                                                                     \
    RN_ATTR_ROW(INT, "growth", "32", 1, 4096, "channels", NULL, "channels that a layer adds")

static const rn_attr densenet_attrs[] = {
    LAYERS,
    GROWTH,
    RN_ATTR_ROW(INT, "bottleneck", "4", 1, 64, "", NULL,
                "channels between a layer's 1x1 and 3x3, as a multiple of growth"),
};
static const rn_attr book_attrs[] = { LAYERS, GROWTH };

#define BLOCK(block, rows, n_rows, doc_text, source_text)                                          \
    static const rn_block block##_block = { .size = sizeof(rn_block),                              \
                                            .n_attrs = n_rows,                                     \
                                            .name = #block,                                        \
                                            .doc = doc_text,                                       \
                                            .source = source_text,                                 \
                                            .attrs = rows,                                         \
                                            .build = build_##block }

BLOCK(densenet, densenet_attrs, sizeof densenet_attrs / sizeof densenet_attrs[0],
      "Layers of a 1x1 and a 3x3 convolution, each of which appends its channels to its input.",
      "Huang et al. 2017, arXiv:1608.06993, section 3 (DenseNet-B); torchvision's names");
BLOCK(transition, NULL, 0, "Normalisation, relu, a 1x1 to half the channels, a mean of 2x2.",
      "Huang et al. 2017, arXiv:1608.06993, section 3 (compression 0.5); torchvision's names");
BLOCK(book, book_attrs, sizeof book_attrs / sizeof book_attrs[0],
      "Layers of a 3x3 convolution with a bias, each of which appends its channels to its input.",
      "Dive into Deep Learning, section 8.7.2");
BLOCK(book_transition, NULL, 0,
      "Normalisation, relu, a 1x1 with a bias to half the channels, a mean of 2x2.",
      "Dive into Deep Learning, section 8.7.3, with half the channels");

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    static const rn_block *const blocks[] = { &densenet_block, &transition_block, &book_block,
                                              &book_transition_block };
    (void)host;
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "densenet";
    plugin->version = "0.1.0";
    plugin->doc = "Blocks whose layers read all that was computed before them.";
    plugin->blocks = blocks;
    plugin->n_blocks = sizeof blocks / sizeof blocks[0];
    return RN_OK;
}
