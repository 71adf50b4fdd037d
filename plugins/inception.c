/* inception.c: the Inception blocks: GoogLeNet's, the book's, and one within a residual block. */
#include <resnet/plugin.h>
#include <stdio.h>

/* The convolutions of the four paths, by their place in a list of names. */
enum place { PATH1, PATH2_1X1, PATH2_3X3, PATH3_1X1, PATH3_5X5, PATH4, N_PLACES };

static const char *const paper_names[N_PLACES] = { "branch1",   "branch2.0", "branch2.1",
                                                   "branch3.0", "branch3.1", "branch4.1" };
static const char *const book_names[N_PLACES] = { "b1_1", "b2_1", "b2_2", "b3_1", "b3_2", "b4_2" };

/* How the convolutions are named and normalised. */
typedef struct style {
    const char *const *names;
    const char *conv, *norm; /* suffixes of the names */
    int32_t has_norm, has_bias;
    double epsilon;
} style;

/* A convolution that keeps the size, its normalisation and relu. */
static rn_value *unit(rn_graph *g, rn_value *x, const style *s, enum place place,
                      const int64_t shape[2])
{
    char conv[32], norm[32];
    const int64_t channels = shape[0], kernel = shape[1];
    snprintf(conv, sizeof conv, "%s%s", s->names[place], s->conv);
    snprintf(norm, sizeof norm, "%s%s", s->names[place], s->norm);
    x = rn_conv2d(g, x, conv,
                  (rn_conv2d_attrs){ .channels = channels,
                                     .kernel = { kernel, kernel },
                                     .padding = { kernel / 2, kernel / 2 },
                                     .has_bias = s->has_bias });
    if (s->has_norm)
        x = rn_batch_norm(g, x, norm, (rn_batch_norm_attrs){ .epsilon = s->epsilon });
    return rn_relu(g, x);
}

/* A 1x1 convolution that reduces the channels for a larger one. */
static rn_value *pair(rn_graph *g, rn_value *x, const style *s, enum place first,
                      const int64_t shapes[3])
{
    x = unit(g, x, s, first, (const int64_t[]){ shapes[0], 1 });
    return unit(g, x, s, first + 1, shapes + 1);
}

static rn_value *paths(rn_graph *g, const rn_attrs *attrs, rn_value *x, const style *s)
{
    int64_t c2[2], c3[2], kernel = rn_attr_int(g, attrs, "kernel3");
    g->attr_pair(g, attrs, "c2", c2);
    g->attr_pair(g, attrs, "c3", c3);
    if (kernel % 2 == 0)
        return g->fail(g, RN_E_CONFIG, "kernel3 %lld is even, so the sizes of the paths differ",
                       (long long)kernel);

    rn_value *y[4];
    y[0] = unit(g, x, s, PATH1, (const int64_t[]){ rn_attr_int(g, attrs, "c1"), 1 });
    y[1] = pair(g, x, s, PATH2_1X1, (const int64_t[]){ c2[0], c2[1], 3 });
    y[2] = pair(g, x, s, PATH3_1X1, (const int64_t[]){ c3[0], c3[1], kernel });
    x = rn_max_pool(g, x,
                    (rn_pool_attrs){ .kernel = { 3, 3 }, .stride = { 1, 1 }, .padding = { 1, 1 } });
    y[3] = unit(g, x, s, PATH4, (const int64_t[]){ rn_attr_int(g, attrs, "c4"), 1 });
    return rn_concat(g, y, 4);
}

static style paper_style(rn_graph *g, const rn_attrs *attrs, int32_t has_norm)
{
    return (style){ .names = paper_names,
                    .conv = ".conv",
                    .norm = ".bn",
                    .has_norm = has_norm,
                    .has_bias = !has_norm,
                    .epsilon = rn_attr_float(g, attrs, "epsilon") };
}

static rn_value *build_inception(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    const style s = paper_style(g, attrs, rn_attr_bool(g, attrs, "batch_norm"));
    return paths(g, attrs, x, &s);
}

static rn_value *build_book(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    const style s = { .names = book_names,
                      .conv = "",
                      .norm = "_norm",
                      .has_norm = rn_attr_bool(g, attrs, "batch_norm"),
                      .has_bias = 1 };
    return paths(g, attrs, x, &s);
}

static rn_value *project(rn_graph *g, rn_value *x, const char *const names[2],
                         const rn_attrs *attrs, int32_t zero_init)
{
    x = rn_conv2d(g, x, names[0],
                  (rn_conv2d_attrs){ .channels = rn_attr_int(g, attrs, "channels"),
                                     .kernel = { 1, 1 } });
    return rn_batch_norm(g, x, names[1],
                         (rn_batch_norm_attrs){ .epsilon = rn_attr_float(g, attrs, "epsilon"),
                                                .zero_init = zero_init });
}

static rn_value *build_residual(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    static const char *const up[2] = { "up.conv", "up.bn" };
    static const char *const shortcut[2] = { "downsample.0", "downsample.1" };
    const style s = paper_style(g, attrs, 1);
    double rate = rn_attr_float(g, attrs, "drop_path");
    int32_t zero_init = rn_attr_bool(g, attrs, "zero_init");

    rn_value *y = project(g, paths(g, attrs, x, &s), up, attrs, zero_init);
    if (rn_dim(g, x, 1) != rn_attr_int(g, attrs, "channels"))
        x = project(g, x, shortcut, attrs, 0);
    return rn_relu(g, rn_add(g, rate > 0 ? rn_drop_path(g, y, rate) : y, x));
}

#define C1 RN_ATTR_ROW(INT, "c1", NULL, 1, 65536, "channels", NULL, "path 1: of its 1x1")
#define C2                                                                                         \
    RN_ATTR_ROW(PAIR, "c2", NULL, 1, 65536, "channels", NULL, "path 2: of its 1x1 and its 3x3")
#define C3                                                                                         \
    RN_ATTR_ROW(PAIR, "c3", NULL, 1, 65536, "channels", NULL,                                      \
                "path 3: of its 1x1 and of the larger convolution")
#define C4                                                                                         \
    RN_ATTR_ROW(INT, "c4", NULL, 1, 65536, "channels", NULL, "path 4: of the 1x1 after its pooling")
#define KERNEL3                                                                                    \
    RN_ATTR_ROW(INT, "kernel3", "5", 1, 63, "pixels", NULL,                                        \
                "size of path 3's larger convolution; odd (torchvision: 3)")
#define BATCH_NORM(default_text, otherwise)                                                        \
    RN_ATTR_ROW(BOOL, "batch_norm", default_text, 0, 0, "", NULL,                                  \
                "normalise after each convolution; " otherwise)
#define EPSILON                                                                                    \
    RN_ATTR_ROW(FLOAT, "epsilon", "1e-3", 1e-12, 1, "", NULL,                                      \
                "added to the variance; torchvision's value")

static const rn_attr inception_attrs[] = {
    C1, C2, C3, C4, KERNEL3, BATCH_NORM("true", "if not, convolutions have biases"), EPSILON,
};
static const rn_attr book_attrs[] = {
    C1, C2, C3, C4, KERNEL3, BATCH_NORM("false", "convolutions have biases in either case"),
};
static const rn_attr residual_attrs[] = {
    RN_ATTR_ROW(INT, "channels", NULL, 1, 65536, "channels", NULL, "channels of the output"),
    C1,
    C2,
    C3,
    C4,
    KERNEL3,
    EPSILON,
    RN_ATTR_ROW(BOOL, "zero_init", "false", 0, 0, "", NULL,
                "start the last normalisation's weight at 0"),
    RN_ATTR_ROW(FLOAT, "drop_path", "0", 0, 0.999999, "share of 1", NULL,
                "training leaves out the residual of this share of the samples; default: by "
                "network.drop_path"),
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

BLOCK(inception, "Paths of 1x1, 3x3 and 5x5 convolutions and of pooling, side by side.",
      "Szegedy et al. 2015, arXiv:1409.4842, figure 2b, with the batch norms and names of "
      "torchvision; batch_norm = false is the paper's");
BLOCK(book, "Paths of 1x1, 3x3 and 5x5 convolutions with biases and of pooling, side by side.",
      "Dive into Deep Learning, section 8.4");
BLOCK(residual, "An Inception block whose output, brought to `channels` by a 1x1, is a residual.",
      "After Szegedy et al. 2016, arXiv:1602.07261, figure 10, with the four paths of GoogLeNet "
      "and batch norms; a 1x1 on the shortcut where the channels change");

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    static const rn_block *const blocks[] = { &inception_block, &book_block, &residual_block };
    (void)host;
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "inception";
    plugin->version = "0.1.0";
    plugin->doc = "Inception blocks: GoogLeNet's, the book's, and one within a residual block.";
    plugin->blocks = blocks;
    plugin->n_blocks = sizeof blocks / sizeof blocks[0];
    return RN_OK;
}
