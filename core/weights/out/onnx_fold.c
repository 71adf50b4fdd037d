/* onnx_fold.c: y = gamma (w x + b - mean) / sqrt(var + epsilon) + beta as w' x + b'. */
#include "weights/out/onnx_fold.h"

#include <math.h>
#include <resnet/op.h>

#include "base/status.h"

const rn_node *rn_onnx_out_find_norm(const rn_node *conv)
{
    const rn_value *y = conv->outputs[RN_CONV2D_Y];
    return y->n_readers == 1 && rn_node_is(y->reader, "batch_norm") ? y->reader : NULL;
}

const rn_node *rn_onnx_out_find_conv(const rn_node *norm)
{
    return rn_value_sole_producer(norm->inputs[RN_BATCH_NORM_X], "conv2d");
}

static const float *numbers_of(const rn_onnx_out *graph, const rn_value *value)
{
    return value ? rn_out_find(graph->model, value->name)->data : NULL;
}

/* What is folded: pointers to numbers, `before` NULL without a bias. */
typedef struct folding {
    const float *weight, *before, *gamma, *beta, *mean, *var;
    double epsilon;
    int64_t channels, per_channel;
    float *folded_weight, *folded_bias;
} folding;

static void fold(const folding *f)
{
    for (int64_t k = 0; k < f->channels; k++) {
        double factor = (double)f->gamma[k] / sqrt((double)f->var[k] + f->epsilon);
        double before = f->before ? (double)f->before[k] : 0;
        f->folded_bias[k] = (float)((before - (double)f->mean[k]) * factor + (double)f->beta[k]);
        for (int64_t i = k * f->per_channel; i < (k + 1) * f->per_channel; i++)
            f->folded_weight[i] = (float)((double)f->weight[i] * factor);
    }
}

static rn_status add(rn_onnx_out *graph, const rn_named_tensor *weight, const char *bias,
                     const folding *f)
{
    rn_named_tensor tensor = *weight;
    tensor.data = f->folded_weight;
    rn_status status = rn_onnx_out_tensor(graph, &tensor);
    if (status)
        return status;
    return rn_onnx_out_tensor(graph, &(rn_named_tensor){ .name = bias,
                                                         .dtype = RN_F32,
                                                         .rank = 1,
                                                         .shape = { f->channels },
                                                         .data = f->folded_bias });
}

rn_status rn_onnx_out_fold(rn_onnx_out *graph, const rn_node *conv, const rn_node *norm,
                           Onnx__NodeProto *folded)
{
    const rn_value *weight = conv->inputs[RN_CONV2D_WEIGHT];
    const rn_batch_norm_attrs *a = norm->attrs;
    int64_t count = rn_desc_count(&weight->desc), channels = weight->desc.shape[0];
    const char *bias = rn_pool_print(graph->pool, "%s.bias", conv->name);
    folding f = {
        .weight = numbers_of(graph, weight),
        .before = numbers_of(graph, conv->inputs[RN_CONV2D_BIAS]),
        .gamma = numbers_of(graph, norm->inputs[RN_BATCH_NORM_WEIGHT]),
        .beta = numbers_of(graph, norm->inputs[RN_BATCH_NORM_BIAS]),
        .mean = numbers_of(graph, norm->inputs[RN_BATCH_NORM_RUNNING_MEAN]),
        .var = numbers_of(graph, norm->inputs[RN_BATCH_NORM_RUNNING_VAR]),
        .epsilon = a->epsilon,
        .channels = channels,
        .per_channel = count / channels,
        .folded_weight = rn_pool_take_array(graph->pool, (size_t)count, sizeof(float)),
        .folded_bias = rn_pool_take_array(graph->pool, (size_t)channels, sizeof(float)),
    };
    if (!bias || !f.folded_weight || !f.folded_bias)
        return rn_onnx_out_no_memory();
    fold(&f);
    folded->n_input = RN_CONV2D_BIAS;
    rn_onnx_out_input(folded, bias);
    return add(graph, rn_out_find(graph->model, weight->name), bias, &f);
}
