/* op_activations.c: functions of each element, and products. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "weights/onnx/ops.h"

/* What the function makes of the zeros that the next layer has to add around its input. */
typedef enum zeros_become { ZEROS_STAY = 1, ZEROS_CHANGE } zeros_become;

/* Adds the layer. NULL, or why not. */
static const char *add(rn_onnx *o, const rn_onnx_node *node, const char *block, zeros_become zeros)
{
    const rn_onnx_value *x = rn_onnx_input(o, node, 0);
    if (!x || x->kind != RN_ONNX_IMAGES || x->is_softmax)
        return "its input is no layer's result";
    if (zeros == ZEROS_CHANGE && !rn_onnx_is_plain(x))
        return "its input is transposed or padded";
    rn_onnx_value *y = rn_onnx_result(o, node);
    if (rn_onnx_layer_add(o, node, block, NULL, x))
        memcpy(y->padding, x->padding, sizeof y->padding);
    return NULL;
}

const char *rn_onnx_build_Relu(rn_onnx *o, const rn_onnx_node *node)
{
    return add(o, node, "relu", ZEROS_STAY);
}

const char *rn_onnx_build_Sigmoid(rn_onnx *o, const rn_onnx_node *node)
{
    return add(o, node, "sigmoid", ZEROS_CHANGE);
}

const char *rn_onnx_build_Tanh(rn_onnx *o, const rn_onnx_node *node)
{
    return add(o, node, "tanh", ZEROS_STAY);
}

const char *rn_onnx_build_HardSwish(rn_onnx *o, const rn_onnx_node *node)
{
    return add(o, node, "hard_swish", ZEROS_STAY);
}

const char *rn_onnx_build_HardSigmoid(rn_onnx *o, const rn_onnx_node *node)
{
    double alpha = rn_onnx_float(node, "alpha", 0.2), beta = rn_onnx_float(node, "beta", 0.5);
    if (fabs(alpha - 1 / 6.) > 1e-6 || beta != 0.5)
        return RN_ONNX_WHY(o, "it is %g x + %g, cut; the layer hard_sigmoid is x/6 + 0.5", alpha,
                           beta);
    return add(o, node, "hard_sigmoid", ZEROS_CHANGE);
}

const char *rn_onnx_build_LeakyRelu(rn_onnx *o, const rn_onnx_node *node)
{
    double slope = rn_onnx_float(node, "alpha", 0.01);
    if (!(fabs(slope) <= 1e30))
        return "its alpha is not from -1e30 to 1e30";
    const char *why = add(o, node, "leaky_relu", ZEROS_STAY);
    if (!why && fabs(slope - 0.01) > 1e-9)
        rn_onnx_set(o, rn_onnx_result(o, node)->layer, "slope = %.9g", slope);
    return why;
}

const char *rn_onnx_build_Gelu(rn_onnx *o, const rn_onnx_node *node)
{
    if (rn_onnx_attribute(node, "approximate") && !rn_onnx_is_text(node, "approximate", "none"))
        return "it approximates; the layer gelu is exact";
    return add(o, node, "gelu", ZEROS_STAY);
}

/* A bound that stands in an attribute before operator set 11, and in an input since then. */
static double bound_of(rn_onnx *o, const rn_onnx_node *node, size_t i, const char *name,
                       double otherwise)
{
    double bound = otherwise;
    rn_onnx_value *given = rn_onnx_input(o, node, i);
    if (given)
        return rn_onnx_number(o, given, &bound) ? bound : NAN;
    return rn_onnx_float(node, name, otherwise);
}

const char *rn_onnx_build_Clip(rn_onnx *o, const rn_onnx_node *node)
{
    double least = bound_of(o, node, 1, "min", -FLT_MAX);
    double most = bound_of(o, node, 2, "max", FLT_MAX);
    if (least == 0 && most >= FLT_MAX)
        return add(o, node, "relu", ZEROS_STAY);
    if (least == 0 && most == 6)
        return add(o, node, "relu6", ZEROS_STAY);
    return RN_ONNX_WHY(o,
                       "it cuts to %g … %g; only 0 … infinity and 0 … 6 are layers, relu and "
                       "relu6",
                       least, most);
}

/* ---- Products ---- */

/* One number for each channel of the images `x`. */
static bool is_of_channels(const rn_onnx_value *x, const rn_onnx_value *factor)
{
    return x->rank == 4 && factor->rank == 4 && x->dims[0] == factor->dims[0] &&
           x->dims[1] == factor->dims[1] && factor->dims[2] == 1 && factor->dims[3] == 1;
}

static bool have_same_shape(const rn_onnx_value *a, const rn_onnx_value *b)
{
    return a->rank == b->rank && memcmp(a->dims, b->dims, sizeof a->dims) == 0;
}

const char *rn_onnx_multiply_images(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x[] = { rn_onnx_input(o, node, 0), rn_onnx_input(o, node, 1) };
    for (int i = 0; i < 2; i++)
        if (!rn_onnx_is_plain(x[i]))
            return "what it multiplies is transposed or padded, or probabilities";
    if (is_of_channels(x[1], x[0]) && !have_same_shape(x[0], x[1])) {
        const rn_onnx_value *factor = x[0];
        x[0] = x[1];
        x[1] = factor;
    }
    if (!have_same_shape(x[0], x[1]) && !is_of_channels(x[0], x[1]))
        return "it multiplies values of different shapes; the layer multiply takes equal ones, or "
               "one number for each channel";
    rn_onnx_join_add(o, node, "multiply", x, 2);
    return NULL;
}
