/* op_shapes.c: nodes that change shapes, and those that compute with them. */
#include <string.h>

#include "weights/onnx/ops.h"

/* The numbers of one image; 0: too many. */
static int64_t count_features(const rn_onnx_value *x)
{
    int64_t count = 1;
    for (int32_t i = 0; i < x->rank; i++)
        if (x->dims[i] != RN_ONNX_BATCH && __builtin_mul_overflow(count, x->dims[i], &count))
            return 0;
    return count;
}

/* Whether the numbers of an image stand in the order of the layer's result: not transposed, or of
 * one pixel. */
static bool is_in_order(const rn_onnx_value *x)
{
    rn_onnx_value straight = *x;
    for (int32_t i = 0; i < x->rank; i++)
        straight.axes[i] = i;
    bool is_pixel = x->rank == 4 && x->dims[0] == RN_ONNX_BATCH;
    for (int32_t i = 0; i < x->rank; i++)
        is_pixel = is_pixel && (x->axes[i] < 2 || x->dims[i] == 1);
    return rn_onnx_is_plain(is_pixel ? &straight : x);
}

const char *rn_onnx_flatten(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x)
{
    int64_t features = count_features(x);
    if (!is_in_order(x) || features < 1)
        return "its input is transposed, padded, or no layer's result";
    if (x->rank == 2)
        return rn_onnx_alias(o, node, x);
    if (!rn_onnx_layer_add(o, node, "flatten", NULL, x))
        return NULL;
    rn_onnx_value *y = rn_onnx_result(o, node);
    y->rank = 2;
    memset(y->dims, 0, sizeof y->dims);
    memset(y->axes, 0, sizeof y->axes);
    y->dims[0] = RN_ONNX_BATCH;
    y->dims[1] = features;
    y->axes[1] = 1;
    return NULL;
}

static const char *const not_images = "its input is no layer's result";

const char *rn_onnx_build_Flatten(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x = rn_onnx_input(o, node, 0);
    int64_t axis = rn_onnx_int(node, "axis", 1);
    if (!x || x->kind != RN_ONNX_IMAGES)
        return not_images;
    if (axis != 1 && axis != 1 - x->rank)
        return RN_ONNX_WHY(o, "axis is %lld, expected 1", (long long)axis);
    return rn_onnx_flatten(o, node, x);
}

/* Whether a shape's first length means the batch: the exporter may have written its own. */
static bool is_batch(const rn_onnx *o, const rn_onnx_node *node, int64_t length)
{
    return length == RN_ONNX_BATCH || length == -1 || length == (o->batch ? o->batch : 1) ||
           (length == 0 && !rn_onnx_int(node, "allowzero", 0));
}

const char *rn_onnx_build_Reshape(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x = rn_onnx_input(o, node, 0);
    int64_t shape[RN_ONNX_MAX_INTS];
    int32_t rank = rn_onnx_ints(o, rn_onnx_input(o, node, 1), shape);
    if (!x || x->kind != RN_ONNX_IMAGES)
        return rn_onnx_reshape_ints(o, node);
    if (rank != 2 || !is_batch(o, node, shape[0]) ||
        (shape[1] != -1 && shape[1] != count_features(x)))
        return "only a shape that makes a vector of each image is a layer, flatten";
    return rn_onnx_flatten(o, node, x);
}

/* Axes: an attribute before operator set 13, an input since then; -1: none. */
static int32_t read_axes(rn_onnx *o, const rn_onnx_node *node, int64_t axes[RN_ONNX_MAX_INTS])
{
    rn_onnx_value *given = rn_onnx_input(o, node, 1);
    return given ? rn_onnx_ints(o, given, axes)
                 : rn_onnx_attribute_ints(node, "axes", axes, RN_ONNX_MAX_INTS);
}

const char *rn_onnx_build_Squeeze(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x = rn_onnx_input(o, node, 0);
    int64_t axes[RN_ONNX_MAX_INTS];
    int32_t count = read_axes(o, node, axes);
    bool removed[4] = { false };
    if (x && x->kind == RN_ONNX_INTS)
        return rn_onnx_alias(o, node, x);
    if (!x || x->kind != RN_ONNX_IMAGES || x->rank != 4)
        return not_images;
    for (int32_t i = 0; i < count; i++) {
        int64_t axis = axes[i] < 0 ? axes[i] + 4 : axes[i];
        if (axis >= 0 && axis < 4)
            removed[axis] = true;
    }
    bool is_vector = count < 0 || (count == 2 && removed[2] && removed[3]);
    if (!is_vector || x->dims[2] != 1 || x->dims[3] != 1)
        return "only height and width of one pixel can be removed, both at once";
    return rn_onnx_flatten(o, node, x);
}

const char *rn_onnx_build_Unsqueeze(rn_onnx *o, const rn_onnx_node *node)
{
    rn_onnx_value *x = rn_onnx_input(o, node, 0), *y = rn_onnx_result(o, node);
    int32_t count = rn_onnx_ints(o, x, y->ints);
    if (count != 1)
        return "only a number of a shape can get an axis";
    y->n_ints = count;
    y->kind = RN_ONNX_INTS;
    return NULL;
}

/* ---- Transposition ---- */

/* Sets `order` to the node's, or to the reverse one. False if it is none. */
static bool read_order(const rn_onnx_node *node, int32_t rank, int64_t order[RN_MAX_RANK])
{
    uint32_t seen = 0;
    for (int32_t i = 0; i < rank; i++)
        order[i] = rank - 1 - i;
    if (rn_onnx_attribute(node, "perm") &&
        rn_onnx_attribute_ints(node, "perm", order, RN_MAX_RANK) != rank)
        return false;
    for (int32_t i = 0; i < rank; i++)
        if (order[i] >= 0 && order[i] < rank)
            seen |= 1u << order[i];
    return seen == (1u << rank) - 1;
}

static const char *transpose_tensor(rn_onnx *o, const rn_onnx_node *node, rn_onnx_value *x)
{
    int64_t order[RN_MAX_RANK];
    const rn_stored *from = rn_onnx_floats(o, x);
    if (!from || !read_order(node, from->rank, order))
        return "perm is no order of its input's axes";
    rn_onnx_alias(o, node, x);
    rn_stored *to = &rn_onnx_result(o, node)->stored;
    for (int32_t i = 0; i < from->rank; i++) {
        to->shape[i] = from->shape[order[i]];
        to->stride[i] = from->stride[order[i]];
    }
    return NULL;
}

const char *rn_onnx_build_Transpose(rn_onnx *o, const rn_onnx_node *node)
{
    int64_t order[RN_MAX_RANK];
    rn_onnx_value *x = rn_onnx_input(o, node, 0);
    if (x && x->kind == RN_ONNX_TENSOR)
        return transpose_tensor(o, node, x);
    if (x && x->kind == RN_ONNX_INTS)
        return rn_onnx_transpose_ints(o, node, x);
    if (!x || x->kind != RN_ONNX_IMAGES || !read_order(node, x->rank, order))
        return "its input is no layer's result, or perm is no order of its axes";
    rn_onnx_value straight = *x;
    memcpy(straight.axes, (int32_t[RN_MAX_RANK]){ 0, 1, 2, 3 }, sizeof straight.axes);
    if (!rn_onnx_is_plain(&straight))
        return "it turns a padded value, or probabilities";
    rn_onnx_alias(o, node, x);
    rn_onnx_value *y = rn_onnx_result(o, node);
    for (int32_t i = 0; i < x->rank; i++) {
        y->dims[i] = x->dims[order[i]];
        y->axes[i] = x->axes[order[i]];
    }
    return NULL;
}

/* ---- Computing with shapes ---- */

/* Sets `dims` to the shape. Returns its length; -1: it is not known. */
static int32_t shape_of(rn_onnx *o, rn_onnx_value *x, int64_t dims[RN_ONNX_MAX_INTS])
{
    int64_t ints[RN_ONNX_MAX_INTS];
    const rn_stored *tensor = rn_onnx_floats(o, x);
    if (!x)
        return -1;
    if (tensor || x->kind == RN_ONNX_IMAGES) {
        int32_t rank = tensor ? tensor->rank : x->rank;
        memcpy(dims, tensor ? tensor->shape : x->dims, (size_t)rank * sizeof *dims);
        return rank;
    }
    dims[0] = rn_onnx_ints(o, x, ints);
    return dims[0] < 0 ? -1 : 1;
}

const char *rn_onnx_build_Shape(rn_onnx *o, const rn_onnx_node *node)
{
    int64_t dims[RN_ONNX_MAX_INTS];
    rn_onnx_value *y = rn_onnx_result(o, node);
    int32_t rank = shape_of(o, rn_onnx_input(o, node, 0), dims);
    if (rank < 0)
        return not_images;
    int64_t first = rn_onnx_int(node, "start", 0), end = rn_onnx_int(node, "end", rank);
    first = first < 0 ? first + rank : first;
    end = end < 0 ? end + rank : end;
    y->kind = RN_ONNX_INTS;
    for (int64_t i = first > 0 ? first : 0; i < end && i < rank; i++)
        y->ints[y->n_ints++] = dims[i];
    return NULL;
}

const char *rn_onnx_build_Gather(rn_onnx *o, const rn_onnx_node *node)
{
    rn_onnx_value *y = rn_onnx_result(o, node);
    int64_t from[RN_ONNX_MAX_INTS], indices[RN_ONNX_MAX_INTS];
    int32_t count = rn_onnx_ints(o, rn_onnx_input(o, node, 0), from);
    int32_t n = rn_onnx_ints(o, rn_onnx_input(o, node, 1), indices);
    if (count < 0 || n < 0 || rn_onnx_int(node, "axis", 0))
        return "it picks from other than a shape";
    for (int32_t i = 0; i < n; i++) {
        int64_t index = indices[i] < 0 ? indices[i] + count : indices[i];
        if (index < 0 || index >= count)
            return "an index outside the shape";
        y->ints[i] = from[index];
    }
    y->n_ints = n;
    y->kind = RN_ONNX_INTS;
    return NULL;
}
