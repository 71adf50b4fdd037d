/* onnx_nodes.c: one function for each operator; what the attributes mean is in ONNX's
 * Operators.md. */
#include "weights/out/onnx_nodes.h"

#include <resnet/op.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "weights/out/onnx_fold.h"

/* Dropout does nothing in prediction, and has no node. */
static const rn_value *behind_dropout(const rn_value *value)
{
    while (value->producer && rn_node_is(value->producer, "dropout"))
        value = value->producer->inputs[RN_DROPOUT_X];
    return value;
}

const char *rn_onnx_out_name(const rn_onnx_out *graph, const rn_value *value)
{
    const rn_dag *dag = graph->model->dag;
    value = behind_dropout(value);
    return value == behind_dropout(dag->logits) ? RN_ONNX_OUT_LOGITS : value->name;
}

/* A node of the operator's name, with the operator's first `n_inputs` inputs. */
static rn_status begin(rn_onnx_out *graph, const rn_node *node, const char *type, int32_t n_inputs,
                       Onnx__NodeProto **out)
{
    rn_status status = rn_onnx_out_node(graph, type, node->name, (size_t)n_inputs + 1, out);
    if (status)
        return status;
    for (int32_t i = 0; i < n_inputs && node->inputs[i]; i++)
        rn_onnx_out_input(*out, rn_onnx_out_name(graph, node->inputs[i]));
    rn_onnx_out_output(*out, rn_onnx_out_name(graph, node->outputs[0]));
    return RN_OK;
}

/* A sliding window: the attributes that Conv, MaxPool and AveragePool share. */
static rn_status add_window(rn_onnx_out *graph, Onnx__NodeProto *node, const int64_t kernel[2],
                            const int64_t stride[2], const int64_t pads[4])
{
    rn_status status = rn_onnx_out_ints(graph, node, "kernel_shape", kernel, 2);
    if (!status)
        status = rn_onnx_out_ints(graph, node, "strides", stride, 2);
    return status ? status : rn_onnx_out_ints(graph, node, "pads", pads, 4);
}

static rn_status add_conv2d(rn_onnx_out *graph, const rn_node *node)
{
    const rn_conv2d_attrs *a = node->attrs;
    const int64_t pads[] = { a->padding[0], a->padding[1], a->padding_end[0], a->padding_end[1] };
    const rn_node *norm = graph->model->fold ? rn_onnx_out_find_norm(node) : NULL;
    Onnx__NodeProto *conv = NULL;
    rn_status status = begin(graph, node, "Conv", RN_CONV2D_Z, &conv);
    if (!status)
        status = add_window(graph, conv, a->kernel, a->stride, pads);
    if (!status)
        status = rn_onnx_out_ints(graph, conv, "dilations", a->dilation, 2);
    if (!status)
        status = rn_onnx_out_int(graph, conv, "group", a->groups);
    if (status || !norm)
        return status;
    conv->n_output = 0;
    rn_onnx_out_output(conv, rn_onnx_out_name(graph, norm->outputs[RN_BATCH_NORM_Y]));
    return rn_onnx_out_fold(graph, node, norm, conv);
}

static rn_status add_batch_norm(rn_onnx_out *graph, const rn_node *node)
{
    const rn_batch_norm_attrs *a = node->attrs;
    Onnx__NodeProto *norm = NULL;
    if (graph->model->fold && rn_onnx_out_find_conv(node))
        return RN_OK;
    rn_status status = begin(graph, node, "BatchNormalization", RN_BATCH_NORM_Z, &norm);
    if (!status)
        status = rn_onnx_out_float(graph, norm, "epsilon", a->epsilon);
    return status ? status : rn_onnx_out_float(graph, norm, "momentum", 1 - a->momentum);
}

static rn_status add_pool(rn_onnx_out *graph, const rn_node *node, const char *type,
                          Onnx__NodeProto **pool)
{
    const rn_pool_attrs *a = node->attrs;
    const int64_t pads[] = { a->padding[0], a->padding[1], a->padding_end[0], a->padding_end[1] };
    rn_status status = begin(graph, node, type, 1, pool);
    return status ? status : add_window(graph, *pool, a->kernel, a->stride, pads);
}

static rn_status add_max_pool(rn_onnx_out *graph, const rn_node *node)
{
    Onnx__NodeProto *pool = NULL;
    return add_pool(graph, node, "MaxPool", &pool);
}

static rn_status add_avg_pool(rn_onnx_out *graph, const rn_node *node)
{
    const rn_pool_attrs *a = node->attrs;
    Onnx__NodeProto *pool = NULL;
    rn_status status = add_pool(graph, node, "AveragePool", &pool);
    return status ? status : rn_onnx_out_int(graph, pool, "count_include_pad", !a->exclude_padding);
}

static rn_status add_linear(rn_onnx_out *graph, const rn_node *node)
{
    Onnx__NodeProto *gemm = NULL;
    rn_status status = begin(graph, node, "Gemm", RN_LINEAR_N_INPUTS, &gemm);
    return status ? status : rn_onnx_out_int(graph, gemm, "transB", 1);
}

static rn_status add_flatten(rn_onnx_out *graph, const rn_node *node)
{
    Onnx__NodeProto *flatten = NULL;
    rn_status status = begin(graph, node, "Flatten", 1, &flatten);
    return status ? status : rn_onnx_out_int(graph, flatten, "axis", 1);
}

static rn_status add_concat(rn_onnx_out *graph, const rn_node *node)
{
    Onnx__NodeProto *concat = NULL;
    rn_status status = begin(graph, node, "Concat", node->n_inputs, &concat);
    return status ? status : rn_onnx_out_int(graph, concat, "axis", 1);
}

static rn_status add_relu(rn_onnx_out *graph, const rn_node *node)
{
    return begin(graph, node, "Relu", 1, &(Onnx__NodeProto *){ NULL });
}

static rn_status add_add(rn_onnx_out *graph, const rn_node *node)
{
    return begin(graph, node, "Add", 2, &(Onnx__NodeProto *){ NULL });
}

static rn_status add_global_avg_pool(rn_onnx_out *graph, const rn_node *node)
{
    return begin(graph, node, "GlobalAveragePool", 1, &(Onnx__NodeProto *){ NULL });
}

/* Every stride-th pixel: "NAME.pixels". */
static rn_status add_slice(rn_onnx_out *graph, const rn_node *node, const char *output)
{
    const rn_subsample_attrs *a = node->attrs;
    const int64_t starts[] = { 0, 0 }, ends[] = { INT64_MAX, INT64_MAX }, axes[] = { 2, 3 };
    Onnx__NodeProto *slice = NULL;
    rn_status status = rn_onnx_out_node(graph, "Slice", output, 5, &slice);
    if (status)
        return status;
    rn_onnx_out_input(slice, rn_onnx_out_name(graph, node->inputs[RN_SUBSAMPLE_X]));
    rn_onnx_out_output(slice, output);
    status = rn_onnx_out_vector(graph, slice, "starts", starts, 2);
    if (!status)
        status = rn_onnx_out_vector(graph, slice, "ends", ends, 2);
    if (!status)
        status = rn_onnx_out_vector(graph, slice, "axes", axes, 2);
    return status ? status : rn_onnx_out_vector(graph, slice, "steps", a->stride, 2);
}

/* As PyTorch's exporters write shortcut A: a slice, then channels of zeros around. */
static rn_status add_subsample(rn_onnx_out *graph, const rn_node *node)
{
    const rn_subsample_attrs *a = node->attrs;
    const int64_t pads[8] = { [1] = a->channels_before, [5] = a->channels_after };
    Onnx__NodeProto *pad = NULL;
    const char *pixels = rn_pool_print(graph->pool, "%s.pixels", node->name);
    if (!pixels)
        return rn_onnx_out_no_memory();
    rn_status status = add_slice(graph, node, pixels);
    if (!status)
        status = rn_onnx_out_node(graph, "Pad", node->name, 2, &pad);
    if (status)
        return status;
    rn_onnx_out_input(pad, pixels);
    rn_onnx_out_output(pad, rn_onnx_out_name(graph, node->outputs[RN_SUBSAMPLE_Y]));
    return rn_onnx_out_vector(graph, pad, "pads", pads, 8);
}

static rn_status add_nothing(rn_onnx_out *graph, const rn_node *node)
{
    (void)graph;
    (void)node;
    return RN_OK;
}

static const struct writer {
    const char *op;
    rn_status (*add)(rn_onnx_out *graph, const rn_node *node);
} writers[] = {
    { "conv2d", add_conv2d },
    { "batch_norm", add_batch_norm },
    { "relu", add_relu },
    { "add", add_add },
    { "max_pool", add_max_pool },
    { "avg_pool", add_avg_pool },
    { "global_avg_pool", add_global_avg_pool },
    { "flatten", add_flatten },
    { "linear", add_linear },
    { "concat", add_concat },
    { "subsample", add_subsample },
    { "subsample_grad", rn_onnx_out_channels },
    { "activation", rn_onnx_out_activation },
    { "multiply", rn_onnx_out_multiply },
    { "dropout", add_nothing },
    { "softmax", add_nothing }, /* behind the logits */
};
enum { N_WRITERS = sizeof writers / sizeof *writers };

static rn_status add_node(rn_onnx_out *graph, const rn_node *node)
{
    for (int i = 0; i < N_WRITERS; i++)
        if (rn_node_is(node, writers[i].op))
            return writers[i].add(graph, node);
    return rn_fail(RN_E_DATA, "--to=onnx: there is no operator for %s, which is a %s", node->name,
                   node->op->name);
}

static bool has_tensor(const rn_onnx_out *graph, const char *name)
{
    for (size_t i = 0; i < graph->proto.n_initializer; i++)
        if (strcmp(graph->proto.initializer[i]->name, name) == 0)
            return true;
    return false;
}

/* The tensors that a node reads and that folding has not made. */
static rn_status add_tensors_of(rn_onnx_out *graph, const Onnx__NodeProto *node)
{
    rn_status status = RN_OK;
    for (size_t i = 0; i < node->n_input && !status; i++) {
        const rn_named_tensor *tensor = rn_out_find(graph->model, node->input[i]);
        if (tensor && !has_tensor(graph, tensor->name))
            status = rn_onnx_out_tensor(graph, tensor);
    }
    return status;
}

rn_status rn_onnx_out_add_nodes(rn_onnx_out *graph)
{
    const rn_dag *dag = graph->model->dag;
    const rn_value *named = rn_dag_find(dag, RN_ONNX_OUT_LOGITS);
    rn_status status = RN_OK;
    if (named && named != behind_dropout(dag->logits))
        return rn_fail(RN_E_DATA, "--to=onnx: a layer is called \"" RN_ONNX_OUT_LOGITS
                                  "\" and is not the last; give it another name");
    for (int32_t i = 0; i < dag->n_nodes && !status; i++)
        status = add_node(graph, dag->nodes[i]);
    for (size_t i = 0; i < graph->proto.n_node && !status; i++)
        status = add_tensors_of(graph, graph->proto.node[i]);
    return status;
}
