/* window.c: reads kernels, strides, dilations and paddings of ONNX nodes. */
#include "weights/onnx/window.h"

#include <string.h>

#define MOST 1024 /* of each length, as in a cfg */

static bool is_within(const int64_t *lengths, int count, int64_t least)
{
    for (int i = 0; i < count; i++)
        if (lengths[i] < least || lengths[i] > MOST)
            return false;
    return true;
}

/* Two lengths of an attribute, 1 each where it is absent. False if there are others. */
static bool read_pair(const rn_onnx_node *node, const char *name, int64_t pair[2])
{
    pair[0] = pair[1] = 1;
    return !rn_onnx_attribute(node, name) ||
           (rn_onnx_attribute_ints(node, name, pair, 2) == 2 && is_within(pair, 2, 1));
}

static int64_t extent_of(const rn_onnx_window *w, int axis)
{
    return (w->kernel[axis] - 1) * w->dilation[axis] + 1;
}

/* TensorFlow's padding: the result is the input / stride, rounded up; an odd pixel goes to `end`. */
static void pad_same(const rn_onnx_window *w, int axis, int64_t length, int end, int64_t padding[2])
{
    int64_t out = (length + w->stride[axis] - 1) / w->stride[axis];
    int64_t total = (out - 1) * w->stride[axis] + extent_of(w, axis) - length;
    total = total > 0 ? total : 0;
    padding[!end] = total / 2;
    padding[end] = total - total / 2;
}

/* pads: top, left, bottom, right. */
static const char *read_padding(const rn_onnx_node *node, const rn_onnx_value *x, rn_onnx_window *w)
{
    int64_t pads[4] = { 0 };
    bool upper = rn_onnx_is_text(node, "auto_pad", "SAME_UPPER");
    bool lower = rn_onnx_is_text(node, "auto_pad", "SAME_LOWER");
    if (upper || lower) {
        for (int axis = 0; axis < 2; axis++)
            pad_same(w, axis, x->dims[2 + axis], upper, w->padding[axis]);
        return NULL;
    }
    if (rn_onnx_attribute(node, "pads") &&
        (rn_onnx_attribute_ints(node, "pads", pads, 4) != 4 || !is_within(pads, 4, 0)))
        return "pads: expected four numbers from 0 to 1024";
    for (int axis = 0; axis < 2; axis++)
        for (int end = 0; end < 2; end++)
            w->padding[axis][end] = pads[2 * end + axis] + x->padding[axis][end];
    return NULL;
}

/* The result's size, and how a cfg can say the padding. */
static const char *resolve(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x,
                           rn_onnx_window *w)
{
    bool is_symmetric = true, is_same = true;
    for (int axis = 0; axis < 2; axis++) {
        int64_t same[2], *padding = w->padding[axis], length = x->dims[2 + axis];
        int64_t rest = length + padding[0] + padding[1] - extent_of(w, axis);
        if (rest < 0)
            return "its window is larger than the padded image";
        if (rest % w->stride[axis] && rn_onnx_int(node, "ceil_mode", 0))
            return "ceil_mode where the windows do not cover the image; it needs that rounding";
        w->out[axis] = rest / w->stride[axis] + 1;
        pad_same(w, axis, length, 1, same);
        is_same = is_same && same[0] == padding[0] && same[1] == padding[1];
        is_symmetric = is_symmetric && padding[0] == padding[1];
    }
    w->is_same = !is_symmetric;
    if (is_symmetric || is_same)
        return NULL;
    return RN_ONNX_WHY(o,
                       "pads [%lld, %lld, %lld, %lld]; it needs padding that differs at both ends",
                       (long long)w->padding[0][0], (long long)w->padding[1][0],
                       (long long)w->padding[0][1], (long long)w->padding[1][1]);
}

const char *rn_onnx_window_read(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x,
                                const int64_t *kernel, rn_onnx_window *window)
{
    *window = (rn_onnx_window){ .is_same = false };
    rn_onnx_value waiting = *x;
    memset(waiting.padding, 0, sizeof waiting.padding);
    if (!rn_onnx_is_plain(&waiting) || x->rank != 4)
        return "its input is not a batch of images (N, C, H, W)";
    if (!read_pair(node, "kernel_shape", window->kernel) ||
        (!kernel && !rn_onnx_attribute(node, "kernel_shape")))
        return "kernel_shape: expected two numbers from 1 to 1024";
    if (!read_pair(node, "strides", window->stride) ||
        !read_pair(node, "dilations", window->dilation))
        return "strides and dilations: expected two numbers from 1 to 1024";
    for (int axis = 0; kernel && axis < 2; axis++) {
        if (rn_onnx_attribute(node, "kernel_shape") && kernel[axis] != window->kernel[axis])
            return "kernel_shape is not that of the weight";
        window->kernel[axis] = kernel[axis];
    }
    if (!is_within(window->kernel, 2, 1))
        return "the kernel's sides are not from 1 to 1024";
    const char *why = read_padding(node, x, window);
    return why ? why : resolve(o, node, x, window);
}

void rn_onnx_pair_set(rn_onnx *o, rn_onnx_layer *layer, const char *key, const int64_t pair[2])
{
    if (pair[0] == pair[1])
        rn_onnx_set(o, layer, "%s = %lld", key, (long long)pair[0]);
    else
        rn_onnx_set(o, layer, "%s = [%lld, %lld]", key, (long long)pair[0], (long long)pair[1]);
}

void rn_onnx_window_set(rn_onnx *o, const rn_onnx_window *window, rn_onnx_layer *layer,
                        rn_onnx_value *y)
{
    const int64_t padding[2] = { window->padding[0][0], window->padding[1][0] };
    if (!layer)
        return;
    rn_onnx_pair_set(o, layer, "kernel", window->kernel);
    if (!layer->takes_bias || window->stride[0] != 1 || window->stride[1] != 1)
        rn_onnx_pair_set(o, layer, "stride", window->stride); /* a pool's default is its kernel */
    if (window->is_same)
        rn_onnx_set(o, layer, "same_padding = true");
    else if (padding[0] || padding[1])
        rn_onnx_pair_set(o, layer, "padding", padding);
    if (window->dilation[0] != 1 || window->dilation[1] != 1)
        rn_onnx_pair_set(o, layer, "dilation", window->dilation);
    y->dims[2] = window->out[0];
    y->dims[3] = window->out[1];
}
