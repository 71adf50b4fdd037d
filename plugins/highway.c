/* highway.c: the highway block, in which a gate chooses between a convolution and its input. */
#include <resnet/plugin.h>

static rn_value *build_highway(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int64_t kernel = rn_attr_int(g, attrs, "kernel");
    const rn_conv2d_attrs conv = { .channels = rn_dim(g, x, 1),
                                   .kernel = { kernel, kernel },
                                   .padding_mode = RN_PADDING_SAME,
                                   .has_bias = 1 };

    rn_value *h = rn_relu(g, rn_conv2d(g, x, "h", conv));
    rn_value *t = rn_conv2d(g, x, "t", conv);
    t = rn_sigmoid(g, rn_scale(g, t, 1, rn_attr_float(g, attrs, "gate_bias")));
    /* t*h + (1 - t)*x with one product less */
    return rn_add(g, x, rn_multiply(g, rn_subtract(g, h, x), t));
}

static const rn_attr highway_attrs[] = {
    RN_ATTR_ROW(INT, "kernel", "3", 1, 63, "pixels", NULL, "size of both convolutions"),
    RN_ATTR_ROW(FLOAT, "gate_bias", "-2", -100, 100, "", NULL,
                "added to the gate's bias; the more negative, the more of the input is passed on "
                "at the start of training (the paper: -1 to -10)"),
};

static const rn_block highway_block = {
    .size = sizeof(rn_block),
    .n_attrs = sizeof highway_attrs / sizeof highway_attrs[0],
    .name = "highway",
    .doc = "t*h + (1-t)*x: a gate t = sigmoid(conv(x)) between a convolution h and the input.",
    .source = "Srivastava et al. 2015, arXiv:1505.00387, equation 3, with convolutions; h has relu",
    .attrs = highway_attrs,
    .build = build_highway,
};

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    static const rn_block *const blocks[] = { &highway_block };
    (void)host;
    plugin->abi_minor = RN_ABI_MINOR;
    plugin->name = "highway";
    plugin->version = "0.1.0";
    plugin->doc = "The highway block: a gate between a convolution and its input.";
    plugin->blocks = blocks;
    plugin->n_blocks = sizeof blocks / sizeof blocks[0];
    return RN_OK;
}
