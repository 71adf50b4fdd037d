/* op_pools.c: pools, and the zeros around what they and convolutions read. */
#include <string.h>

#include "weights/onnx/ops.h"
#include "weights/onnx/window.h"

static bool is_padded(const rn_onnx_value *x)
{
    return x->padding[0][0] || x->padding[0][1] || x->padding[1][0] || x->padding[1][1];
}

/* Reads the window of a pool. NULL, or why there is none. */
static const char *read_window(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x,
                               rn_onnx_window *window)
{
    if (!x || x->kind != RN_ONNX_IMAGES)
        return "its input is no layer's result";
    const char *why = rn_onnx_window_read(o, node, x, NULL, window);
    if (!why && (window->dilation[0] > 1 || window->dilation[1] > 1))
        return "dilations; it needs pools with them";
    for (int axis = 0; axis < 2 && !why; axis++)
        if (window->padding[axis][0] > window->kernel[axis] / 2)
            return "pads of more than half the kernel; it needs pools with them";
    return why;
}

const char *rn_onnx_build_MaxPool(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x = rn_onnx_input(o, node, 0);
    rn_onnx_window window;
    const char *why = read_window(o, node, x, &window);
    if (why)
        return why;
    if (is_padded(x) && (!x->layer || strcmp(x->layer->block, "relu") != 0))
        return "zeros around values that may be negative; it needs a padding with zeros";
    rn_onnx_layer *layer = rn_onnx_layer_add(o, node, "max_pool", NULL, x);
    rn_onnx_window_set(o, &window, layer, rn_onnx_result(o, node));
    return NULL;
}

/* Zeros of a Pad are pixels of the image; those of the node's own pads only if they are counted. */
const char *rn_onnx_build_AveragePool(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x = rn_onnx_input(o, node, 0);
    bool counts = rn_onnx_int(node, "count_include_pad", 0);
    rn_onnx_window window, own;
    const char *why = read_window(o, node, x, &window);
    if (why)
        return why;
    rn_onnx_value bare = *x;
    memset(bare.padding, 0, sizeof bare.padding);
    bool has_own = rn_onnx_window_read(o, node, &bare, NULL, &own) ||
                   own.padding[0][0] + own.padding[0][1] + own.padding[1][0] + own.padding[1][1];
    if (is_padded(x) && has_own && !counts)
        return "zeros of a Pad, and others that are not counted; it needs to tell them apart";
    rn_onnx_layer *layer = rn_onnx_layer_add(o, node, "avg_pool", NULL, x);
    rn_onnx_window_set(o, &window, layer, rn_onnx_result(o, node));
    if (has_own && !counts)
        rn_onnx_set(o, layer, "exclude_padding = true");
    return NULL;
}

static const char *add_mean(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x)
{
    if (!rn_onnx_layer_add(o, node, "global_avg_pool", NULL, x))
        return NULL;
    rn_onnx_value *y = rn_onnx_result(o, node);
    for (int32_t i = 0; i < y->rank; i++)
        if (y->axes[i] >= 2)
            y->dims[i] = 1;
    return NULL;
}

const char *rn_onnx_build_GlobalAveragePool(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x = rn_onnx_input(o, node, 0);
    if (!x || !rn_onnx_is_plain(x) || x->rank != 4)
        return "its input is not a batch of images (N, C, H, W)";
    return add_mean(o, node, x);
}

const char *rn_onnx_build_ReduceMean(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x = rn_onnx_input(o, node, 0);
    rn_onnx_value *given = rn_onnx_input(o, node, 1);
    int64_t axes[RN_ONNX_MAX_INTS];
    int32_t count = given ? rn_onnx_ints(o, given, axes)
                          : rn_onnx_attribute_ints(node, "axes", axes, RN_ONNX_MAX_INTS);
    bool found[4] = { false };
    if (!x || x->kind != RN_ONNX_IMAGES || x->rank != 4 || x->is_softmax || is_padded(x))
        return "its input is not a batch of images (N, C, H, W)";
    for (int32_t i = 0; i < count; i++) {
        int64_t axis = axes[i] < 0 ? axes[i] + 4 : axes[i];
        if (axis >= 0 && axis < 4)
            found[x->axes[axis]] = true;
    }
    if (count != 2 || !found[2] || !found[3])
        return "the mean of other axes than height and width";
    const char *why = add_mean(o, node, x);
    if (why || o->status || rn_onnx_int(node, "keepdims", 1))
        return why;
    const rn_onnx_value mean = *rn_onnx_result(o, node);
    return rn_onnx_flatten(o, node, &mean);
}

/* The pads of all axes, first those at the beginning: an attribute before operator set 11, an input
 * since then. False if they are not known. */
static bool read_pads(rn_onnx *o, const rn_onnx_node *node, int64_t pads[RN_ONNX_MAX_INTS])
{
    rn_onnx_value *given = rn_onnx_input(o, node, 1), *value = rn_onnx_input(o, node, 2);
    double number = rn_onnx_float(node, "value", 0);
    int32_t count = given ? rn_onnx_ints(o, given, pads)
                          : rn_onnx_attribute_ints(node, "pads", pads, RN_ONNX_MAX_INTS);
    return count == 8 && (!value || rn_onnx_number(o, value, &number)) && number == 0 &&
           (!rn_onnx_attribute(node, "mode") || rn_onnx_is_text(node, "mode", "constant")) &&
           !rn_onnx_input(o, node, 3);
}

const char *rn_onnx_build_Pad(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x = rn_onnx_input(o, node, 0);
    int64_t pads[RN_ONNX_MAX_INTS];
    if (!x || !rn_onnx_is_plain(x) || x->rank != 4 || !read_pads(o, node, pads) || pads[0] ||
        pads[4])
        return "only zeros around channels, height and width of images can be added";
    bool pads_channels = pads[1] || pads[5], pads_pixels = pads[2] || pads[3] || pads[6] || pads[7];
    if (pads_channels && pads_pixels)
        return "zeros around the channels and the pixels at once; it needs a node for each";
    if (pads_channels)
        return rn_onnx_pad_channels(o, node, x, pads[1], pads[5]);
    for (int i = 0; i < 8; i++)
        if (pads[i] < 0 || pads[i] > 1024)
            return "pads: expected numbers from 0 to 1024";
    rn_onnx_alias(o, node, x);
    rn_onnx_value *y = rn_onnx_result(o, node);
    for (int axis = 0; axis < 2; axis++)
        for (int end = 0; end < 2; end++)
            y->padding[axis][end] = pads[4 * end + 2 + axis];
    return NULL;
}
