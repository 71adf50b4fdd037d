/* NAME.c: a residual block whose channels are weighted by what the picture as a whole shows. */
#include <resnet/plugin.h>

/* One weight from 0 to 1 for each channel: what all pixels say of it, through two small layers. */
static rn_value *weigh(rn_graph *g, rn_value *x, int64_t narrow)
{
    rn_conv2d_attrs reduce = { .channels = narrow, .kernel = { 1, 1 }, .has_bias = 1 };
    rn_conv2d_attrs expand = { .channels = rn_dim(g, x, 1), .kernel = { 1, 1 }, .has_bias = 1 };

    x = rn_global_avg_pool(g, x);
    x = rn_relu(g, rn_conv2d(g, x, "reduce", reduce));
    return rn_sigmoid(g, rn_conv2d(g, x, "expand", expand));
}

static rn_value *build(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int64_t channels = rn_attr_int(g, attrs, "channels");
    int64_t narrow = channels / rn_attr_int(g, attrs, "reduction");
    rn_setting settings[] = { rn_set_int("channels", channels) };

    if (narrow < 1)
        return g->fail(g, RN_E_CONFIG, "reduction leaves none of %d channels; give less",
                       (int)channels);
    x = rn_block_call(g, "residual/basic", "unit", x, settings, 1);
    return rn_multiply(g, x, weigh(g, x, narrow));
}

static const rn_attr attributes[] = {
    RN_ATTR_ROW(INT, "channels", NULL, 1, 65536, "channels", NULL, "channels of the result"),
    RN_ATTR_ROW(INT, "reduction", "4", 1, 65536, "", NULL, "how many times fewer in between"),
};

static const rn_block block = {
    .size = sizeof block,
    .n_attrs = sizeof attributes / sizeof *attributes,
    .name = "NAME",
    .doc = "A residual block that weighs its channels.",
    .source = "after Hu et al. 2018, arXiv:1709.01507, section 3; the sum is weighted too",
    .attrs = attributes,
    .build = build,
};

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    static const rn_block *const blocks[] = { &block };
    (void)host;
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "NAME"; /* as the file: NAME.so */
    plugin->version = "0.1.0";
    plugin->doc = "A block of my own.";
    plugin->blocks = blocks;
    plugin->n_blocks = 1;
    return RN_OK;
}
