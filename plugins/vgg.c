/* vgg.c: VGG's stages of 3x3 convolutions: one, as in the book, and all five of a network. */
#include <resnet/plugin.h>
#include <stdio.h>
#include <string.h>

#define N_STAGES 5

/* Appends `convs` convolutions and a max pool. Layers are named by their number in PyTorch's
 * nn.Sequential, which counts from *next. */
static rn_value *stage(rn_graph *g, rn_value *x, int64_t channels, int64_t convs,
                       const rn_attrs *attrs, int32_t *next)
{
    int32_t has_norm = rn_attr_bool(g, attrs, "batch_norm");
    char name[16];
    for (int64_t i = 0; i < convs; i++) {
        snprintf(name, sizeof name, "%d", *next);
        x = rn_conv2d(g, x, name,
                      (rn_conv2d_attrs){ .channels = channels,
                                         .kernel = { 3, 3 },
                                         .padding = { 1, 1 },
                                         .has_bias = 1 });
        *next += 1;
        if (has_norm) {
            snprintf(name, sizeof name, "%d", *next);
            x = rn_batch_norm(g, x, name, (rn_batch_norm_attrs){ 0 });
            *next += 1;
        }
        x = rn_relu(g, x);
        *next += 1;
    }
    *next += 1;
    return rn_max_pool(g, x, (rn_pool_attrs){ .kernel = { 2, 2 } });
}

static rn_value *build_vgg(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int32_t next = 0;
    return stage(g, x, rn_attr_int(g, attrs, "channels"), rn_attr_int(g, attrs, "convs"), attrs,
                 &next);
}

/* Table 1 of the paper: the convolutions of each stage, by the number of layers with weights. */
static const struct {
    const char *depth;
    int64_t convs[N_STAGES];
} networks[] = {
    { "11", { 1, 1, 2, 2, 2 } },
    { "13", { 2, 2, 2, 2, 2 } },
    { "16", { 2, 2, 3, 3, 3 } },
    { "19", { 2, 2, 4, 4, 4 } },
};

static rn_value *build_features(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    const char *depth = rn_attr_text(g, attrs, "depth");
    int64_t channels = rn_attr_int(g, attrs, "channels"), most = 8 * channels;
    const int64_t *convs = networks[0].convs;
    int32_t next = 0;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        if (strcmp(networks[i].depth, depth) == 0)
            convs = networks[i].convs;
    for (int i = 0; i < N_STAGES; i++) {
        x = stage(g, x, channels, convs[i], attrs, &next);
        channels = channels < most ? 2 * channels : most;
    }
    return x;
}

#define BATCH_NORM                                                                                 \
    RN_ATTR_ROW(BOOL, "batch_norm", "false", 0, 0, "", NULL,                                       \
                "normalise after each convolution (torchvision's vgg11_bn)")

static const rn_attr vgg_attrs[] = {
    RN_ATTR_ROW(INT, "channels", NULL, 1, 65536, "channels", NULL, "channels of the output"),
    RN_ATTR_ROW(INT, "convs", NULL, 1, 64, "", NULL, "number of convolutions"),
    BATCH_NORM,
};
static const rn_attr features_attrs[] = {
    RN_ATTR_ROW(CHOICE, "depth", NULL, 0, 0, "", "11|13|16|19",
                "the paper's network, by its layers with weights; three of them follow the block"),
    RN_ATTR_ROW(INT, "channels", "64", 1, 8192, "channels", NULL,
                "of the first stage; each has twice as many, at most 8 times as many"),
    BATCH_NORM,
};

static const rn_block vgg_block = {
    .size = sizeof(rn_block),
    .n_attrs = sizeof vgg_attrs / sizeof vgg_attrs[0],
    .name = "vgg",
    .doc = "3x3 convolutions with biases and relu, and a max pool of 2x2.",
    .source = "Simonyan and Zisserman 2015, arXiv:1409.1556; Dive into Deep Learning, section 8.2",
    .attrs = vgg_attrs,
    .build = build_vgg,
};
static const rn_block features_block = {
    .size = sizeof(rn_block),
    .n_attrs = sizeof features_attrs / sizeof features_attrs[0],
    .name = "features",
    .doc = "The five stages of a VGG network, with torchvision's names.",
    .source = "Simonyan and Zisserman 2015, arXiv:1409.1556, table 1, columns A, B, D and E",
    .attrs = features_attrs,
    .build = build_features,
};

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    static const rn_block *const blocks[] = { &vgg_block, &features_block };
    (void)host;
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "vgg";
    plugin->version = "0.1.0";
    plugin->doc = "VGG's stages of 3x3 convolutions.";
    plugin->blocks = blocks;
    plugin->n_blocks = sizeof blocks / sizeof blocks[0];
    return RN_OK;
}
