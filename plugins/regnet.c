/* regnet.c: RegNet's block, and its trunk, whose widths follow from a line. */
#include <math.h>
#include <resnet/plugin.h>
#include <stdio.h>

#define QUANTUM 8 /* widths are multiples of it, as in the authors' program */

static rn_value *unit(rn_graph *g, rn_value *x, const char *path, rn_conv2d_attrs conv)
{
    char name[2][24];
    snprintf(name[0], sizeof name[0], "%s.0", path);
    snprintf(name[1], sizeof name[1], "%s.1", path);
    return rn_batch_norm(g, rn_conv2d(g, x, name[0], conv), name[1], (rn_batch_norm_attrs){ 0 });
}

static rn_value *build_regnet(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int64_t channels = rn_attr_int(g, attrs, "channels"), found = rn_dim(g, x, 1);
    int64_t width = rn_attr_int(g, attrs, "group_width"), stride = rn_attr_int(g, attrs, "stride");
    int64_t squeezed = (int64_t)nearbyint(rn_attr_float(g, attrs, "se_ratio") * (double)found);
    double rate = rn_attr_float(g, attrs, "drop_path");
    rn_conv2d_attrs conv1x1 = { .channels = channels, .kernel = { 1, 1 } };
    rn_conv2d_attrs conv3x3 = { .channels = channels,
                                .kernel = { 3, 3 },
                                .stride = { stride, stride },
                                .padding = { 1, 1 },
                                .groups = channels / width };
    if (channels % width)
        return g->fail(g, RN_E_CONFIG,
                       "%lld channels cannot be divided into groups of %lld (group_width)",
                       (long long)channels, (long long)width);

    rn_value *y = rn_relu(g, unit(g, x, "f.a", conv1x1));
    y = rn_relu(g, unit(g, y, "f.b", conv3x3));
    if (squeezed > 0) {
        const rn_setting setting = rn_set_int("squeezed", squeezed);
        y = rn_block_call(g, "se/se", "f.se", y, &setting, 1);
    }
    y = unit(g, y, "f.c", conv1x1);
    if (stride != 1 || found != channels) {
        conv1x1.stride[0] = conv1x1.stride[1] = stride;
        x = unit(g, x, "proj", conv1x1);
    }
    return rn_relu(g, rn_add(g, rate > 0 ? rn_drop_path(g, y, rate) : y, x));
}

/* The paper's parameters of a trunk. */
typedef struct trunk {
    int64_t depth, group_width;
    double w0, wa, wm;
} trunk;

/* The width of block `i`: on the line w0 + wa*i, moved to the nearest w0 * wm^k (equations 2 to 4)
 * and to a multiple of 8. */
static int64_t width_of(const trunk *t, int64_t i)
{
    double k = nearbyint(log((t->w0 + t->wa * (double)i) / t->w0) / log(t->wm));
    return QUANTUM * (int64_t)nearbyint(t->w0 * pow(t->wm, k) / QUANTUM);
}

/* The nearest width that groups divide, never 10% less. */
static int64_t divisible(int64_t width, int64_t group)
{
    int64_t rounded = (width + group / 2) / group * group;
    return (double)rounded < 0.9 * (double)width ? rounded + group : rounded;
}

/* Blocks of one width are a stage, whose first block has the stride. */
static rn_value *build_trunk(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    const trunk t = { .depth = rn_attr_int(g, attrs, "depth"),
                      .group_width = rn_attr_int(g, attrs, "group_width"),
                      .w0 = (double)rn_attr_int(g, attrs, "w0"),
                      .wa = rn_attr_float(g, attrs, "wa"),
                      .wm = rn_attr_float(g, attrs, "wm") };
    int64_t last = 0;
    int stage = 0, block = 0;
    for (int64_t i = 0; i < t.depth && x; i++) {
        int64_t width = width_of(&t, i);
        int64_t group = t.group_width < width ? t.group_width : width;
        int32_t is_first = width != last;
        char name[64];
        stage += is_first;
        block = is_first ? 0 : block + 1;
        last = width;
        snprintf(name, sizeof name, "block%d.block%d-%d", stage, stage, block);
        const rn_setting settings[] = {
            rn_set_int("channels", divisible(width, group)),
            rn_set_int("group_width", group),
            rn_set_int("stride", is_first ? 2 : 1),
            rn_set_float("se_ratio", rn_attr_float(g, attrs, "se_ratio")),
        };
        x = rn_block_call(g, "regnet", name, x, settings, sizeof settings / sizeof settings[0]);
    }
    return x;
}

#define GROUP_WIDTH                                                                                \
    RN_ATTR_ROW(INT, "group_width", NULL, 1, 65536, "channels", NULL,                              \
                "channels of a group of the 3x3 convolution")
#define SE_RATIO                                                                                   \
    RN_ATTR_ROW(FLOAT, "se_ratio", "0", 0, 1, "share of 1", NULL,                                  \
                "channels that squeeze and excitation has, as a share of the block's input; 0: "   \
                "none (RegNetX), 0.25: RegNetY")

static const rn_attr regnet_attrs[] = {
    RN_ATTR_ROW(INT, "channels", NULL, 1, 65536, "channels", NULL, "channels of the output"),
    RN_ATTR_ROW(INT, "stride", "1", 1, 64, "pixels", NULL, "step of the whole block"),
    GROUP_WIDTH,
    SE_RATIO,
    RN_ATTR_ROW(FLOAT, "drop_path", "0", 0, 0.999999, "share of 1", NULL,
                "training leaves out the residual of this share of the samples; default: by "
                "network.drop_path"),
};
static const rn_attr trunk_attrs[] = {
    RN_ATTR_ROW(INT, "depth", NULL, 1, 256, "", NULL, "number of blocks"),
    RN_ATTR_ROW(INT, "w0", NULL, 8, 4096, "channels", NULL, "width at the beginning of the line"),
    RN_ATTR_ROW(FLOAT, "wa", NULL, 0, 1024, "channels", NULL, "by which a block is wider"),
    RN_ATTR_ROW(FLOAT, "wm", NULL, 1.01, 16, "", NULL, "ratio of the widths of two stages"),
    GROUP_WIDTH,
    SE_RATIO,
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

BLOCK(regnet, "1x1, grouped 3x3 and 1x1 convolutions of one width, with squeeze and excitation.",
      "Radosavovic et al. 2020, arXiv:2003.13678, figure 4 and section 5 (RegNetY); torchvision's "
      "names");
BLOCK(trunk, "The stages of a RegNet, whose widths follow from a line.",
      "Radosavovic et al. 2020, arXiv:2003.13678, section 3.3, rounded as in the authors' program "
      "pycls; torchvision's names");

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    static const rn_block *const blocks[] = { &regnet_block, &trunk_block };
    (void)host;
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "regnet";
    plugin->version = "0.1.0";
    plugin->doc = "RegNet's block and trunk.";
    plugin->blocks = blocks;
    plugin->n_blocks = sizeof blocks / sizeof blocks[0];
    return RN_OK;
}
