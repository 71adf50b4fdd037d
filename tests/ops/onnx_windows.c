/* onnx_windows.c: convolutions and pools, and helpers for all ONNX operators: attributes and
 * copies. */
#include <string.h>

#include "ops/onnx_express.h"

int64_t onnx_integer(const onnx_case *o, const char *name, int64_t missing)
{
    const onnx_attribute *a = onnx_model_attribute(&o->model, name);
    return a ? (int64_t)a->number : missing;
}

double onnx_number(const onnx_case *o, const char *name, double missing)
{
    const onnx_attribute *a = onnx_model_attribute(&o->model, name);
    return a ? a->number : missing;
}

const char *onnx_text(const onnx_case *o, const char *name, const char *missing)
{
    const onnx_attribute *a = onnx_model_attribute(&o->model, name);
    return a ? a->text : missing;
}

static void read_pair(const onnx_case *o, const char *name, int64_t missing, int64_t to[2])
{
    const onnx_attribute *a = onnx_model_attribute(&o->model, name);
    for (int i = 0; i < 2; i++)
        to[i] = a && a->n_integers > i ? a->integers[i] : missing;
}

op_tensor *onnx_add_tensor(op_set *set, const char *name, const onnx_tensor *from, int32_t rank)
{
    int64_t shape[8];
    for (int32_t i = 0; i < 8; i++)
        shape[i] = i < from->rank ? from->shape[i] : 1;
    op_tensor *tensor = op_set_add(set, name, RN_F32, rank > from->rank ? rank : from->rank, shape);
    memcpy(tensor->data, from->floats, tensor->desc.size_bytes);
    return tensor;
}

op_tensor *onnx_add_result(op_set *expected, const char *name, const onnx_case *o, int i)
{
    return onnx_add_tensor(expected, name, &o->expected[i], 1);
}

const char *onnx_images_only(const onnx_case *o)
{
    return o->inputs[0]->rank == 4 ? NULL : "not an image: rank other than 4";
}

/* The window of a convolution or pool; its kernel must be set before read_window. */
typedef struct window {
    int64_t kernel[2], stride[2], dilation[2], begin[2], end[2];
    int32_t mode;
} window;

static void read_window(const onnx_case *o, window *w)
{
    const char *mode = onnx_text(o, "auto_pad", "NOTSET");
    const onnx_attribute *pads = onnx_model_attribute(&o->model, "pads");
    bool same = !strncmp(mode, "SAME", 4), upper = !strcmp(mode, "SAME_UPPER");
    read_pair(o, "strides", 1, w->stride);
    read_pair(o, "dilations", 1, w->dilation);
    w->mode = upper ? RN_PADDING_SAME : RN_PADDING_EXPLICIT;
    for (int i = 0; i < 2; i++) {
        int64_t input = o->inputs[0]->shape[2 + i], stride = w->stride[i];
        int64_t total = (input + stride - 1) / stride * stride - stride +
                        w->dilation[i] * (w->kernel[i] - 1) + 1 - input;
        total = same && total > 0 ? total : 0;
        w->begin[i] = upper ? total / 2 : total - total / 2;
        w->end[i] = total - w->begin[i];
        if (!same && pads && pads->n_integers == 4) {
            w->begin[i] = pads->integers[i];
            w->end[i] = pads->integers[2 + i];
        }
    }
}

const char *onnx_express_conv(const onnx_case *o, op_case *c, op_set *expected)
{
    rn_conv2d_attrs *a = &c->attrs.conv2d;
    const onnx_tensor *weight = o->inputs[1];
    window w = { .mode = 0 };
    if (onnx_images_only(o))
        return onnx_images_only(o);
    w.kernel[0] = weight->shape[2];
    w.kernel[1] = weight->shape[3];
    read_window(o, &w);
    *a = (rn_conv2d_attrs){ .size = sizeof *a,
                            .has_bias = o->inputs[2] != NULL,
                            .channels = weight->shape[0],
                            .groups = onnx_integer(o, "group", 1),
                            .padding_mode = w.mode };
    memcpy(a->kernel, w.kernel, sizeof a->kernel);
    memcpy(a->stride, w.stride, sizeof a->stride);
    memcpy(a->dilation, w.dilation, sizeof a->dilation);
    memcpy(a->padding, w.begin, sizeof a->padding);
    memcpy(a->padding_end, w.end, sizeof a->padding_end);
    onnx_add_tensor(&c->in, "x", o->inputs[0], 4);
    onnx_add_tensor(&c->in, "weight", weight, 4);
    if (a->has_bias)
        onnx_add_tensor(&c->in, "bias", o->inputs[2], 1);
    onnx_add_result(expected, "y", o, 0);
    c->chain = op_chain_conv2d;
    return NULL;
}

const char *onnx_express_pool(const onnx_case *o, op_case *c, op_set *expected)
{
    rn_pool_attrs *a = &c->attrs.pool;
    bool average = !strcmp(o->model.op, "AveragePool");
    window w = { .mode = 0 };
    if (onnx_images_only(o))
        return onnx_images_only(o);
    if (onnx_integer(o, "ceil_mode", 0))
        return "ceil_mode: our windows lie within the padded image";
    read_pair(o, "kernel_shape", 1, w.kernel);
    read_window(o, &w);
    if (w.dilation[0] != 1 || w.dilation[1] != 1)
        return "a dilated pool";
    if (o->model.n_outputs > 1)
        return "indices as an output: ours are offsets in the window, for the gradient only";
    *a = (rn_pool_attrs){ .size = sizeof *a,
                          .padding_mode = w.mode,
                          .exclude_padding = average && !onnx_integer(o, "count_include_pad", 0) };
    memcpy(a->kernel, w.kernel, sizeof a->kernel);
    memcpy(a->stride, w.stride, sizeof a->stride);
    memcpy(a->padding, w.begin, sizeof a->padding);
    memcpy(a->padding_end, w.end, sizeof a->padding_end);
    onnx_add_tensor(&c->in, "x", o->inputs[0], 4);
    onnx_add_result(expected, "y", o, 0);
    c->chain = average ? op_chain_avg_pool : op_chain_max_pool;
    return NULL;
}

const char *onnx_express_global_pool(const onnx_case *o, op_case *c, op_set *expected)
{
    if (onnx_images_only(o))
        return onnx_images_only(o);
    onnx_add_tensor(&c->in, "x", o->inputs[0], 4);
    onnx_add_result(expected, "y", o, 0);
    c->chain = op_chain_global_avg_pool;
    return NULL;
}
