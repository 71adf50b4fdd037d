/* pyramid.cpp: a block plugin in C++. A residual block whose channels are reached in several
 * convolutions of growing width, with as many as the attribute says. */
#include <resnet/plugin.hpp>
#include <stdexcept>

namespace
{

rn_value *unit(rn_graph *g, rn_value *x, int index, int64_t channels)
{
    static const char *const names[] = { "conv1", "conv2", "conv3", "conv4" };
    static const char *const norms[] = { "bn1", "bn2", "bn3", "bn4" };
    rn_conv2d_attrs conv{};
    conv.channels = channels;
    conv.kernel[0] = conv.kernel[1] = 3;
    conv.padding[0] = conv.padding[1] = 1;
    x = rn_conv2d(g, x, names[index], conv);
    return rn_batch_norm(g, x, norms[index], rn_batch_norm_attrs{});
}

rn_value *build(rn_graph *g, const rn_attrs *attrs, rn_value *x)
{
    int64_t before = rn_dim(g, x, 1), widen = rn_attr_int(g, attrs, "widen");
    int depth = static_cast<int>(rn_attr_int(g, attrs, "depth"));
    if (before + widen * depth > 4096)
        throw std::length_error("more than 4096 channels; give a smaller widen or depth");
    rn_value *y = x;
    for (int i = 0; i < depth; i++)
        y = unit(g, i ? rn_relu(g, y) : y, i, before + widen * (i + 1));
    rn_subsample_attrs shortcut{};
    shortcut.channels_after = widen * depth;
    return rn_relu(g, rn_add(g, y, rn_subsample(g, x, shortcut)));
}

const rn_attr attributes[] = {
    RN_ATTR_ROW(INT, "widen", "4", 0, 4096, "channels", nullptr, "channels that each adds"),
    RN_ATTR_ROW(INT, "depth", "2", 1, 4, "", nullptr, "number of convolutions"),
};

rn_status fill(rn_plugin *plugin)
{
    static rn_block block{};
    static const rn_block *const blocks[] = { &block };
    block.size = sizeof block;
    block.n_attrs = sizeof attributes / sizeof *attributes;
    block.name = "pyramid";
    block.doc = "A residual block whose channels grow with each convolution.";
    block.source = "after Han et al. 2017, arXiv:1610.02915, section 3; zero-padded shortcut";
    block.attrs = attributes;
    block.build = resnet::guard<build>;
    plugin->name = "pyramid";
    plugin->version = "1.0.0";
    plugin->doc = "Residual blocks of growing width.";
    plugin->blocks = blocks;
    plugin->n_blocks = 1;
    return RN_OK;
}

} // namespace

RESNET_PLUGIN(fill)
