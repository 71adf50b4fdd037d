/* op_ints.c: nodes that compute with integers, as exporters do to tell shapes and pads. */
#include <string.h>

#include "weights/onnx/ops.h"

/* Makes the node's result these integers. */
static const char *set_ints(rn_onnx *o, const rn_onnx_node *node, const int64_t *ints,
                            int32_t count, int32_t columns)
{
    rn_onnx_value *y = rn_onnx_result(o, node);
    memcpy(y->ints, ints, (size_t)count * sizeof *ints);
    y->n_ints = count;
    y->columns = columns;
    y->kind = RN_ONNX_INTS;
    return NULL;
}

/* As rn_onnx_ints, with the columns of a matrix. */
static int32_t read_ints(rn_onnx *o, rn_onnx_value *x, int64_t ints[RN_ONNX_MAX_INTS],
                         int32_t *columns)
{
    *columns = x && x->kind == RN_ONNX_INTS ? x->columns : 0;
    if (!*columns)
        return rn_onnx_ints(o, x, ints);
    memcpy(ints, x->ints, sizeof x->ints);
    return x->n_ints;
}

const char *rn_onnx_build_ConstantOfShape(rn_onnx *o, const rn_onnx_node *node)
{
    int64_t shape[RN_ONNX_MAX_INTS], ints[RN_ONNX_MAX_INTS] = { 0 };
    int32_t rank = rn_onnx_ints(o, rn_onnx_input(o, node, 0), shape);
    const Onnx__AttributeProto *value = rn_onnx_attribute(node, "value");
    const Onnx__TensorProto *tensor = value ? value->t : NULL;
    bool is_integer = tensor && tensor->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
    if (is_integer && tensor->has_raw_data && tensor->raw_data.len == sizeof *ints)
        memcpy(ints, tensor->raw_data.data, sizeof *ints);
    else if (is_integer && tensor->n_int64_data == 1)
        ints[0] = tensor->int64_data[0];
    else
        return "it makes other than integers";
    if (rank != 1 || shape[0] < 0 || shape[0] > RN_ONNX_MAX_INTS)
        return RN_ONNX_WHY(o, "it makes other than up to %d integers in a row", RN_ONNX_MAX_INTS);
    for (int64_t i = 1; i < shape[0]; i++)
        ints[i] = ints[0];
    return set_ints(o, node, ints, (int32_t)shape[0], 0);
}

const char *rn_onnx_reshape_ints(rn_onnx *o, const rn_onnx_node *node)
{
    int64_t ints[RN_ONNX_MAX_INTS], shape[RN_ONNX_MAX_INTS];
    int32_t columns, count = read_ints(o, rn_onnx_input(o, node, 0), ints, &columns);
    int32_t rank = rn_onnx_ints(o, rn_onnx_input(o, node, 1), shape);
    if (count < 0)
        return "its input is no layer's result";
    if (rank == 1 && (shape[0] == -1 || shape[0] == count))
        return set_ints(o, node, ints, count, 0);
    bool is_matrix = rank == 2 && shape[1] > 0 && shape[1] <= count && count % shape[1] == 0 &&
                     (shape[0] == -1 || shape[0] == count / shape[1]);
    if (!is_matrix)
        return "it makes other than a row or a matrix of integers";
    return set_ints(o, node, ints, count, (int32_t)shape[1]);
}

const char *rn_onnx_transpose_ints(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x)
{
    int64_t ints[RN_ONNX_MAX_INTS], order[2] = { 1, 0 };
    int32_t columns = x->columns, rows = columns ? x->n_ints / columns : 0;
    bool has_order =
        !rn_onnx_attribute(node, "perm") || rn_onnx_attribute_ints(node, "perm", order, 2) == 2;
    if (!columns || !has_order || order[0] != 1 || order[1] != 0)
        return "it turns other than a matrix";
    for (int32_t i = 0; i < x->n_ints; i++)
        ints[i % columns * rows + i / columns] = x->ints[i];
    return set_ints(o, node, ints, x->n_ints, rows);
}

/* ---- Sums and products ---- */

typedef bool compute(int64_t a, int64_t b, int64_t *result);

static bool subtract(int64_t a, int64_t b, int64_t *result)
{
    return !__builtin_sub_overflow(a, b, result);
}

static bool multiply(int64_t a, int64_t b, int64_t *result)
{
    return !__builtin_mul_overflow(a, b, result);
}

/* Of one number each, which the batch's size is none of. */
static const char *combine(rn_onnx *o, const rn_onnx_node *node, compute *function)
{
    int64_t a[RN_ONNX_MAX_INTS], b[RN_ONNX_MAX_INTS], result = 0;
    int32_t count = rn_onnx_ints(o, rn_onnx_input(o, node, 0), a);
    if (count != 1 || rn_onnx_ints(o, rn_onnx_input(o, node, 1), b) != 1)
        return "there is no layer for this operator on images";
    if (*a == RN_ONNX_BATCH || *b == RN_ONNX_BATCH || !function(*a, *b, &result))
        return "it computes with the batch's size, or too large numbers";
    return set_ints(o, node, &result, 1, 0);
}

const char *rn_onnx_build_Sub(rn_onnx *o, const rn_onnx_node *node)
{
    return combine(o, node, subtract);
}

const char *rn_onnx_build_Mul(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *a = rn_onnx_input(o, node, 0), *b = rn_onnx_input(o, node, 1);
    int n_images = (a && a->kind == RN_ONNX_IMAGES) + (b && b->kind == RN_ONNX_IMAGES);
    if (n_images == 2)
        return rn_onnx_multiply_images(o, node);
    return n_images || rn_onnx_reads_part(o, node) ? rn_onnx_multiply_parts(o, node)
                                                   : combine(o, node, multiply);
}

/* ---- Slices ---- */

/* Starts, ends, axes and steps: inputs since operator set 10, attributes before it, which had no
 * steps. NULL, or why they cannot be known. */
static const char *read_slice(rn_onnx *o, const rn_onnx_node *node, rn_onnx_slice *slice)
{
    static const char *const names[] = { "starts", "ends", "axes", "steps" };
    int64_t *const parts[] = { slice->start, slice->end, slice->axis, slice->step };
    for (size_t i = 0; i < 4; i++) {
        rn_onnx_value *given = rn_onnx_input(o, node, 1 + i);
        bool is_absent = !given && !rn_onnx_attribute(node, names[i]);
        int32_t n = given ? rn_onnx_ints(o, given, parts[i])
                          : rn_onnx_attribute_ints(node, names[i], parts[i], RN_ONNX_MAX_INTS);
        if (i == 0)
            slice->n = n;
        for (int32_t k = 0; is_absent && i >= 2 && k < slice->n; k++)
            parts[i][k] = i == 2 ? k : 1;
        if (slice->n < 0 || (n != slice->n && !(is_absent && i >= 2)))
            return RN_ONNX_WHY(o, "its %s are not known, or not as many as its starts", names[i]);
    }
    return NULL;
}

/* A bound, which counts from the end if negative, brought to least … most. */
static int64_t bound(int64_t at, int64_t length, int64_t least, int64_t most)
{
    if (at < 0)
        at = at < -length ? least : at + length;
    return at < least ? least : at > most ? most : at;
}

/* Rows of a matrix, or numbers, in either direction. */
static const char *slice_ints(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_slice *slice)
{
    int64_t from[RN_ONNX_MAX_INTS], to[RN_ONNX_MAX_INTS], step = slice->step[0];
    int32_t columns, count = read_ints(o, rn_onnx_input(o, node, 0), from, &columns), n = 0;
    int32_t width = columns ? columns : 1, rows = count / width;
    if (count < 0 || slice->n != 1 || slice->axis[0] || (step != 1 && step != -1))
        return "it cuts other than a shape";
    bool back = step < 0;
    int64_t end = bound(slice->end[0], rows, back ? -1 : 0, back ? rows - 1 : rows);
    for (int64_t row = bound(slice->start[0], rows, back ? -1 : 0, back ? rows - 1 : rows);
         back ? row > end : row < end; row += step)
        for (int32_t i = 0; i < width; i++)
            to[n++] = from[row * width + i];
    return set_ints(o, node, to, n, columns);
}

const char *rn_onnx_build_Slice(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x = rn_onnx_input(o, node, 0);
    rn_onnx_slice slice;
    const char *why = read_slice(o, node, &slice);
    if (why)
        return why;
    return x && x->kind == RN_ONNX_IMAGES ? rn_onnx_slice_images(o, node, &slice)
                                          : slice_ints(o, node, &slice);
}
