/* op_subsample.c: slices of every n-th pixel, and channels of zeros: shortcuts without
 * parameters. */
#include <string.h>

#include "weights/onnx/ops.h"
#include "weights/onnx/window.h"

#define MOST_PIXELS 1024 /* as in a cfg */
#define MOST_CHANNELS 1048576

/* The layer that another slice or other zeros can be added to, as only this node reads it. */
static rn_onnx_layer *find_open(const rn_onnx_value *x)
{
    bool is_one = x->layer && x->layer->subsample.stride[0] && x->n_readers == 1;
    return is_one ? x->layer : NULL;
}

static int64_t add_up(int64_t before, int64_t more, const char **why)
{
    int64_t sum = before + more;
    if (sum > MOST_CHANNELS)
        *why = "it makes too many channels";
    return sum;
}

/* Makes the layer subsample of the node, or changes the one before it. NULL, or why not. */
static const char *subsample(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x,
                             const rn_subsample_attrs *more)
{
    rn_onnx_layer *layer = find_open(x);
    const rn_subsample_attrs before =
        layer ? layer->subsample : (rn_subsample_attrs){ .stride = { 1, 1 } };
    rn_subsample_attrs a = before;
    const char *why = NULL;
    a.channels_before = add_up(a.channels_before, more->channels_before, &why);
    a.channels_after = add_up(a.channels_after, more->channels_after, &why);
    for (int axis = 0; axis < 2; axis++) {
        a.stride[axis] *= more->stride[axis];
        if (a.stride[axis] > MOST_PIXELS)
            why = "it takes one of more than 1024 pixels";
    }
    if (why)
        return why;
    if (layer)
        rn_onnx_alias(o, node, x);
    else
        layer = rn_onnx_layer_add(o, node, "subsample", NULL, x);
    if (!layer)
        return NULL;
    rn_onnx_value *y = rn_onnx_result(o, node);
    layer->subsample = a;
    layer->settings = "";
    rn_onnx_pair_set(o, layer, "stride", a.stride);
    if (a.channels_before)
        rn_onnx_set(o, layer, "channels_before = %lld", (long long)a.channels_before);
    if (a.channels_after)
        rn_onnx_set(o, layer, "channels_after = %lld", (long long)a.channels_after);
    y->dims[1] += more->channels_before + more->channels_after;
    for (int axis = 0; axis < 2; axis++)
        y->dims[2 + axis] = (y->dims[2 + axis] - 1) / more->stride[axis] + 1;
    return NULL;
}

const char *rn_onnx_pad_channels(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x,
                                 int64_t before, int64_t after)
{
    const rn_subsample_attrs zeros = { .stride = { 1, 1 },
                                       .channels_before = before,
                                       .channels_after = after };
    if (before < 0 || after < 0 || before > MOST_CHANNELS || after > MOST_CHANNELS)
        return "pads: expected from 0 to 1048576 channels";
    return subsample(o, node, x, &zeros);
}

/* Whether a slice from start to end leaves nothing of an axis out. */
static bool is_whole(const rn_onnx *o, const rn_onnx_value *x, int64_t axis, int64_t start,
                     int64_t end)
{
    int64_t length = x->dims[axis];
    if (length == RN_ONNX_BATCH)
        length = o->batch ? o->batch : INT32_MAX;
    return start == 0 && (end >= length || end == RN_ONNX_BATCH);
}

const char *rn_onnx_slice_images(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_slice *slice)
{
    const rn_onnx_value *x = rn_onnx_input(o, node, 0);
    rn_subsample_attrs every = { .stride = { 1, 1 } };
    if (!rn_onnx_is_plain(x))
        return "its input is transposed, padded or probabilities";
    for (int32_t i = 0; i < slice->n; i++) {
        int64_t axis = slice->axis[i] + (slice->axis[i] < 0 ? x->rank : 0), step = slice->step[i];
        if (axis < 0 || axis >= x->rank)
            return "an axis that its input does not have";
        if (!is_whole(o, x, axis, slice->start[i], slice->end[i]))
            return "it cuts images; only every n-th pixel from the first on can be taken";
        if (step < 1 || step > MOST_PIXELS || (step > 1 && (x->rank != 4 || axis < 2)))
            return "its steps are not from 1 to 1024, and of height and width alone";
        if (step > 1)
            every.stride[axis - 2] = step;
    }
    if (every.stride[0] == 1 && every.stride[1] == 1)
        return rn_onnx_alias(o, node, x);
    return subsample(o, node, x, &every);
}
