/* op_joins.c: nodes that join values: sums and concatenations. */
#include <resnet/backend.h>
#include <string.h>

#include "weights/onnx/ops.h"

#define MOST (RN_MAX_OPERANDS - 1) /* inputs of a layer */

static bool have_same_shape(const rn_onnx_value *a, const rn_onnx_value *b)
{
    return a->rank == b->rank && memcmp(a->dims, b->dims, sizeof a->dims) == 0 &&
           memcmp(a->axes, b->axes, sizeof a->axes) == 0;
}

static bool is_padded(const rn_onnx_value *x)
{
    static const int64_t none[2][2];
    return memcmp(x->padding, none, sizeof none) != 0;
}

/* Sets `x` to a node's inputs. NULL, or why they cannot be joined. */
static const char *read_inputs(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value **x)
{
    if (node->n_input < 1 || node->n_input > MOST)
        return RN_ONNX_WHY(o, "it joins %zu values; a layer joins %d at most", node->n_input, MOST);
    for (size_t i = 0; i < node->n_input; i++) {
        x[i] = rn_onnx_input(o, node, i);
        if (!x[i] || x[i]->kind != RN_ONNX_IMAGES || x[i]->is_softmax || is_padded(x[i]))
            return "what it joins are not all results of layers";
    }
    return NULL;
}

const char *rn_onnx_build_Sum(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x[MOST] = { NULL };
    if (rn_onnx_reads_part(o, node))
        return rn_onnx_add_parts(o, node);
    const char *why = read_inputs(o, node, x);
    if (why)
        return why;
    for (size_t i = 1; i < node->n_input; i++)
        if (!have_same_shape(x[0], x[i]))
            return "it adds values of different shapes; a layer adds equal ones";
    if (node->n_input == 1)
        return rn_onnx_alias(o, node, x[0]);
    rn_onnx_join_add(o, node, "add", x, (int32_t)node->n_input);
    return NULL;
}

/* A constant is the bias of the layer before it. */
const char *rn_onnx_build_Add(rn_onnx *o, const rn_onnx_node *node)
{
    rn_onnx_value *a = rn_onnx_input(o, node, 0), *b = rn_onnx_input(o, node, 1);
    bool is_swapped = a && a->kind == RN_ONNX_TENSOR;
    const rn_stored *constant = rn_onnx_floats(o, is_swapped ? a : b);
    const rn_onnx_value *x = is_swapped ? b : a;
    if (!constant || rn_onnx_reads_part(o, node))
        return rn_onnx_build_Sum(o, node);
    /* The axis of the channels is the last but two of images, and the last of vectors. */
    int32_t axis = constant->rank - (x && x->rank == 4 ? 3 : 1);
    int64_t count = 0;
    bool is_vector = x && x->kind == RN_ONNX_IMAGES && axis >= 0 &&
                     !rn_stored_count(constant, o->path, &count) && constant->shape[axis] == count;
    if (!is_vector || !rn_onnx_give_bias(o, x, constant))
        return "it adds a constant that is no bias of a convolution or linear layer before it";
    return rn_onnx_alias(o, node, x);
}

/* ---- Concatenation ---- */

/* Of integers, which a later node makes a shape of. */
static const char *join_ints(rn_onnx *o, const rn_onnx_node *node)
{
    rn_onnx_value *y = rn_onnx_result(o, node);
    int64_t ints[RN_ONNX_MAX_INTS];
    y->n_ints = 0;
    for (size_t i = 0; i < node->n_input; i++) {
        int32_t count = rn_onnx_ints(o, rn_onnx_input(o, node, i), ints);
        if (count < 0 || count > RN_ONNX_MAX_INTS - y->n_ints)
            return "it joins integers with other values, or too many";
        memcpy(y->ints + y->n_ints, ints, (size_t)count * sizeof *ints);
        y->n_ints += count;
    }
    y->kind = RN_ONNX_INTS;
    return NULL;
}

const char *rn_onnx_build_Concat(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x[MOST] = { NULL }, *first = rn_onnx_input(o, node, 0);
    int64_t axis = rn_onnx_int(node, "axis", 1), channels = 0;
    if (first && first->kind != RN_ONNX_IMAGES)
        return join_ints(o, node);
    const char *why = read_inputs(o, node, x);
    if (why)
        return why;
    for (size_t i = 0; i < node->n_input; i++) {
        rn_onnx_value like = *x[0];
        like.dims[1] = x[i]->dims[1];
        if (!rn_onnx_is_plain(x[i]) || x[i]->rank != 4 || !have_same_shape(&like, x[i]) ||
            (axis != 1 && axis != -3))
            return "it joins other than the channels of images of one size";
        if (__builtin_add_overflow(channels, x[i]->dims[1], &channels))
            return "it makes too many channels";
    }
    if (node->n_input == 1)
        return rn_onnx_alias(o, node, x[0]);
    if (rn_onnx_join_add(o, node, "concat", x, (int32_t)node->n_input))
        rn_onnx_result(o, node)->dims[1] = channels;
    return NULL;
}
