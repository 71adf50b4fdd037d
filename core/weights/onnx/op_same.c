/* op_same.c: nodes whose result is what they read, as far as inference goes; and constants. */
#include <string.h>

#include "weights/onnx/ops.h"

#define MOST_CHANNELS 1048576 /* as in a cfg */

const char *rn_onnx_build_Identity(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x = rn_onnx_input(o, node, 0);
    return x ? rn_onnx_alias(o, node, x) : "it reads nothing";
}

const char *rn_onnx_build_Dropout(rn_onnx *o, const rn_onnx_node *node)
{
    return rn_onnx_build_Identity(o, node);
}

static bool is_float(rn_onnx *o, rn_onnx_value *x)
{
    return x && (x->kind == RN_ONNX_IMAGES || x->kind == RN_ONNX_PART || rn_onnx_floats(o, x));
}

/* Layers compute in the precision that the user asks for, so all floats are one. */
const char *rn_onnx_build_Cast(rn_onnx *o, const rn_onnx_node *node)
{
    rn_onnx_value *x = rn_onnx_input(o, node, 0);
    int64_t to = rn_onnx_int(node, "to", 0), ints[RN_ONNX_MAX_INTS];
    bool to_float = to == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT ||
                    to == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16 ||
                    to == ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16 ||
                    to == ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE;
    bool to_int =
        to == ONNX__TENSOR_PROTO__DATA_TYPE__INT64 || to == ONNX__TENSOR_PROTO__DATA_TYPE__INT32;
    if (!(is_float(o, x) ? to_float : to_int && rn_onnx_ints(o, x, ints) >= 0))
        return "it makes floats of integers, or the reverse";
    return rn_onnx_alias(o, node, x);
}

const char *rn_onnx_build_CastLike(rn_onnx *o, const rn_onnx_node *node)
{
    rn_onnx_value *x = rn_onnx_input(o, node, 0), *like = rn_onnx_input(o, node, 1);
    return is_float(o, x) && is_float(o, like) ? rn_onnx_alias(o, node, x)
                                               : "it makes floats of integers, or the reverse";
}

/* A bias of equal numbers; integers stay as they are. */
const char *rn_onnx_build_Expand(rn_onnx *o, const rn_onnx_node *node)
{
    rn_onnx_value *x = rn_onnx_input(o, node, 0);
    int64_t shape[RN_ONNX_MAX_INTS], ints[RN_ONNX_MAX_INTS];
    int32_t rank = rn_onnx_ints(o, rn_onnx_input(o, node, 1), shape);
    int32_t count = rn_onnx_ints(o, x, ints);
    if (rank == 1 && count > 0 && (shape[0] == 1 || shape[0] == count))
        return rn_onnx_alias(o, node, x);
    const rn_stored *number = rn_onnx_floats(o, x);
    if (!number || number->rank || rank != 1 || shape[0] < 1 || shape[0] > MOST_CHANNELS)
        return "it makes other than a vector of one constant float";
    rn_onnx_alias(o, node, x);
    rn_stored *vector = &rn_onnx_result(o, node)->stored;
    vector->rank = 1;
    vector->shape[0] = shape[0];
    vector->stride[0] = 0;
    return NULL;
}

/* What is at the end of a network is no layer: prediction and loss have it themselves. */
const char *rn_onnx_build_Softmax(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x = rn_onnx_input(o, node, 0);
    int64_t axis = rn_onnx_int(node, "axis", 1);
    if (!x || !rn_onnx_is_plain(x) || x->rank != 2 || (axis != 1 && axis != -1))
        return "only that of each image's scores is supported, at the end";
    rn_onnx_alias(o, node, x);
    rn_onnx_result(o, node)->is_softmax = true;
    return NULL;
}

const char *rn_onnx_build_Constant(rn_onnx *o, const rn_onnx_node *node)
{
    rn_onnx_value *y = rn_onnx_result(o, node);
    const Onnx__AttributeProto *value = rn_onnx_attribute(node, "value");
    const Onnx__AttributeProto *number = rn_onnx_attribute(node, "value_float");
    const Onnx__AttributeProto *integer = rn_onnx_attribute(node, "value_int");
    if (value && value->t) {
        y->kind = RN_ONNX_TENSOR;
        y->tensor = value->t;
        return NULL;
    }
    if (number) {
        rn_onnx_set_number(o, y, number->f);
        return NULL;
    }
    y->n_ints = rn_onnx_attribute_ints(node, "value_ints", y->ints, RN_ONNX_MAX_INTS);
    if (integer)
        y->n_ints = 1, y->ints[0] = integer->i;
    if (y->n_ints < 0)
        return "a constant that is neither a tensor, a float nor integers";
    y->kind = RN_ONNX_INTS;
    return NULL;
}
