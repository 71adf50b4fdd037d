/* op_layers.c: nodes with weights. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weights/onnx/ops.h"
#include "weights/onnx/window.h"

/* ---- Vectors: biases and the like ---- */

/* Sets `vector` to the tensor as `count` numbers: all its numbers in order, or its only one
 * repeated. False if it has another number of them. */
static bool as_vector(const rn_stored *tensor, int64_t count, rn_stored *vector)
{
    int64_t n = 1, stride = 0;
    for (int32_t i = 0; i < tensor->rank; i++)
        if (tensor->shape[i] != 1) {
            n = n == 1 ? tensor->shape[i] : -1;
            stride = tensor->stride[i];
        }
    if (n != count && n != 1)
        return false;
    *vector = *tensor;
    vector->rank = 1;
    vector->shape[0] = count;
    vector->stride[0] = n == 1 ? 0 : stride;
    return true;
}

/* Sets `scaled` to the tensor times a factor, in memory that lives as long as the weights. */
static bool scale(rn_onnx *o, const rn_stored *tensor, double factor, rn_stored *scaled)
{
    int64_t count = 0;
    *scaled = *tensor;
    if (factor == 1)
        return true;
    o->status = rn_stored_count(tensor, o->path, &count);
    float *numbers = o->status ? NULL : malloc((size_t)count * sizeof *numbers + 1);
    if (!numbers)
        o->status = o->status ? o->status : rn_weights_no_memory(o->weights);
    else
        o->status = rn_weights_hold(o->weights, numbers, free);
    if (!o->status)
        o->status = rn_stored_read(tensor, o->path, numbers);
    if (o->status)
        return false;
    for (int64_t i = 0; i < count; i++)
        numbers[i] = (float)(numbers[i] * factor);
    scaled->type = rn_element_by_dtype(RN_F32);
    scaled->data = (const uint8_t *)numbers;
    rn_stored_pack(scaled);
    return true;
}

bool rn_onnx_give_bias(rn_onnx *o, const rn_onnx_value *x, const rn_stored *tensor)
{
    rn_onnx_layer *layer = x->layer;
    rn_stored bias;
    if (!layer || !layer->takes_bias || layer->has_bias || x->n_readers > 1 ||
        !rn_onnx_is_plain(x) || !as_vector(tensor, x->dims[1], &bias))
        return false;
    layer->has_bias = true;
    rn_onnx_tensor_add(o, layer, "bias", &bias);
    return true;
}

/* ---- Convolutions ---- */

static const char *check_conv(rn_onnx *o, const rn_stored *weight, const rn_onnx_value *x,
                              int64_t groups)
{
    if (!weight || weight->rank != 4)
        return "its weight is not a constant (K, C, R, S) of floats";
    if (groups < 1 || weight->shape[0] < 1 || weight->shape[0] % groups || x->dims[1] % groups ||
        weight->shape[1] != x->dims[1] / groups)
        return RN_ONNX_WHY(o, "a weight for %lld channels in %lld groups on an image of %lld",
                           (long long)weight->shape[1], (long long)groups, (long long)x->dims[1]);
    return NULL;
}

const char *rn_onnx_build_Conv(rn_onnx *o, const rn_onnx_node *node)
{
    rn_onnx_value *x = rn_onnx_input(o, node, 0), *b = rn_onnx_input(o, node, 2);
    const rn_stored *weight = rn_onnx_floats(o, rn_onnx_input(o, node, 1));
    const rn_stored *bias = rn_onnx_floats(o, b);
    rn_onnx_window window;
    rn_stored vector;
    int64_t groups = rn_onnx_int(node, "group", 1);
    if (!x || x->kind != RN_ONNX_IMAGES || x->rank != 4)
        return "its input is not a batch of images (N, C, H, W)";
    const char *why = check_conv(o, weight, x, groups);
    if (why)
        return why;
    why = rn_onnx_window_read(o, node, x, &weight->shape[2], &window);
    if (why)
        return why;
    if (b && (!bias || !as_vector(bias, weight->shape[0], &vector)))
        return "its bias is not a constant of one float for each channel";
    rn_onnx_layer *layer = rn_onnx_layer_add(o, node, "conv2d", weight, x);
    if (!layer)
        return NULL;
    rn_onnx_value *y = rn_onnx_result(o, node);
    layer->takes_bias = true;
    rn_onnx_set(o, layer, "channels = %lld", (long long)weight->shape[0]);
    rn_onnx_window_set(o, &window, layer, y);
    if (groups > 1)
        rn_onnx_set(o, layer, "groups = %lld", (long long)groups);
    y->dims[1] = weight->shape[0];
    layer->has_bias = b != NULL;
    rn_onnx_tensor_add(o, layer, "weight", weight);
    if (b)
        rn_onnx_tensor_add(o, layer, "bias", &vector);
    return NULL;
}

/* ---- Batch norms ---- */

const char *rn_onnx_build_BatchNormalization(rn_onnx *o, const rn_onnx_node *node)
{
    static const char *const suffixes[] = { "weight", "bias", "running_mean", "running_var" };
    rn_onnx_value *x = rn_onnx_input(o, node, 0);
    const rn_stored *tensors[4];
    double momentum = 1 - rn_onnx_float(node, "momentum", 0.9);
    float epsilon = (float)rn_onnx_float(node, "epsilon", 1e-5);
    if (!x || !rn_onnx_is_plain(x) || x->rank != 4)
        return "its input is not a batch of images (N, C, H, W)";
    if (rn_onnx_int(node, "training_mode", 0) || !rn_onnx_int(node, "spatial", 1))
        return "it normalises by the batch, or each pixel; it needs the mode of inference";
    if (!(epsilon >= 1e-12f && epsilon <= 1))
        return "its epsilon is not from 1e-12 to 1";
    for (int i = 0; i < 4; i++) {
        tensors[i] = rn_onnx_floats(o, rn_onnx_input(o, node, (size_t)i + 1));
        if (!tensors[i] || tensors[i]->rank != 1 || tensors[i]->shape[0] != x->dims[1])
            return RN_ONNX_WHY(o, "its %s is not a constant of one float for each channel",
                               suffixes[i]);
    }
    rn_onnx_layer *layer = rn_onnx_layer_add(o, node, "batch_norm", tensors[0], x);
    char text[32]; /* 1e-05, not 9.99999975e-06, which is the same float */
    snprintf(text, sizeof text, "%.6g", epsilon);
    rn_onnx_set(o, layer, strtof(text, NULL) == epsilon ? "epsilon = %.6g" : "epsilon = %.9g",
                epsilon);
    if (momentum >= 1e-6 && momentum <= 1 && fabs(momentum - 0.1) > 1e-6)
        rn_onnx_set(o, layer, "momentum = %.5g", momentum);
    for (int i = 0; i < 4; i++)
        rn_onnx_tensor_add(o, layer, suffixes[i], tensors[i]);
    return NULL;
}

/* ---- Linear layers ---- */

/* The matrix (F,K) as (K,F), which is a matter of strides. */
static rn_stored transpose(const rn_stored *matrix)
{
    rn_stored turned = *matrix;
    turned.shape[0] = matrix->shape[1];
    turned.shape[1] = matrix->shape[0];
    turned.stride[0] = matrix->stride[1];
    turned.stride[1] = matrix->stride[0];
    return turned;
}

/* Adds the layer of a weight (K,F). */
static const char *add_linear(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x,
                              const rn_stored *weight)
{
    if (!rn_onnx_is_plain(x) || x->rank != 2)
        return "its input is not a batch of vectors (N, F)";
    if (weight->shape[0] < 1 || weight->shape[1] != x->dims[1])
        return RN_ONNX_WHY(o, "a weight for vectors of %lld numbers on vectors of %lld",
                           (long long)weight->shape[1], (long long)x->dims[1]);
    rn_onnx_layer *layer = rn_onnx_layer_add(o, node, "linear", weight, x);
    if (!layer)
        return NULL;
    rn_onnx_set(o, layer, "units = %lld", (long long)weight->shape[0]);
    rn_onnx_result(o, node)->dims[1] = weight->shape[0];
    layer->takes_bias = true;
    rn_onnx_tensor_add(o, layer, "weight", weight);
    return NULL;
}

const char *rn_onnx_build_Gemm(rn_onnx *o, const rn_onnx_node *node)
{
    rn_onnx_value *x = rn_onnx_input(o, node, 0), *c = rn_onnx_input(o, node, 2);
    const rn_stored *weight = rn_onnx_floats(o, rn_onnx_input(o, node, 1));
    const rn_stored *bias = rn_onnx_floats(o, c);
    rn_stored scaled, vector;
    if (!x || x->kind != RN_ONNX_IMAGES || !weight || weight->rank != 2 ||
        rn_onnx_int(node, "transA", 0))
        return "it multiplies other than vectors by a constant matrix of floats";
    rn_stored turned = rn_onnx_int(node, "transB", 0) ? *weight : transpose(weight);
    if (c && (!bias || !as_vector(bias, turned.shape[0], &vector)))
        return "what it adds is not a constant of one float for each unit";
    if (!scale(o, &turned, rn_onnx_float(node, "alpha", 1), &scaled))
        return NULL;
    const char *why = add_linear(o, node, x, &scaled);
    if (why || !c || o->status || !scale(o, &vector, rn_onnx_float(node, "beta", 1), &scaled))
        return why;
    rn_onnx_layer *layer = rn_onnx_result(o, node)->layer;
    layer->has_bias = true;
    rn_onnx_tensor_add(o, layer, "bias", &scaled);
    return NULL;
}

const char *rn_onnx_build_MatMul(rn_onnx *o, const rn_onnx_node *node)
{
    rn_onnx_value *x = rn_onnx_input(o, node, 0);
    const rn_stored *weight = rn_onnx_floats(o, rn_onnx_input(o, node, 1));
    if (!x || x->kind != RN_ONNX_IMAGES || !weight || weight->rank != 2)
        return "it multiplies other than vectors by a constant matrix of floats";
    const rn_stored turned = transpose(weight);
    return add_linear(o, node, x, &turned);
}
