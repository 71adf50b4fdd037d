/* op_gelu.c: gelu, 0.5 x (1 + erf(x / sqrt 2)), as the nodes that exporters write for operator
 * sets before 20. In whatever order they stand, each gives a part of it, which import.h describes,
 * and the one that completes it becomes the layer. */
#include <math.h>
#include <string.h>

#include "weights/onnx/ops.h"

static const char no_part[] = "there is no layer for this operator but gelu, "
                              "0.5 x (1 + erf(x / sqrt 2)), of which it is no part";

/* Whether the numbers are equal but for their precision: sqrt 2 of half precision is off by 1.1e-4
 * of it. */
static bool are_near(double a, double b)
{
    return fabs(a - b) <= 2e-4 * fabs(b);
}

static bool is_of_layer(const rn_onnx_value *x)
{
    return x && (x->kind == RN_ONNX_IMAGES || x->kind == RN_ONNX_PART) && !x->is_softmax;
}

/* The x of gelu: what the node's inputs are parts of. NULL: nothing, or two different values. */
static const rn_onnx_value *find_x(const rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x = NULL;
    for (size_t i = 0; i < node->n_input; i++) {
        const rn_onnx_value *other = rn_onnx_input(o, node, i);
        if (!is_of_layer(other))
            continue;
        if (x && (other->layer != x->layer || other->rank != x->rank ||
                  memcmp(other->axes, x->axes, sizeof x->axes) != 0 ||
                  memcmp(other->padding, x->padding, sizeof x->padding) != 0))
            return NULL;
        x = other;
    }
    return x;
}

/* What input i is of gelu of `x`; of factor NAN: nothing. */
static rn_onnx_part read_part(rn_onnx *o, const rn_onnx_node *node, size_t i,
                              const rn_onnx_value *x)
{
    rn_onnx_value *value = rn_onnx_input(o, node, i);
    rn_onnx_part part = { .factor = 1, .has_x = true };
    if (is_of_layer(value))
        return value->kind == RN_ONNX_PART ? value->part : part;
    part.has_x = false;
    if (!rn_onnx_number(o, value, &part.factor) || value->stored.rank > x->rank)
        part.factor = NAN;
    return part;
}

/* Makes the node's result a part of gelu of `x`, or its layer. */
static void set_part(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x,
                     rn_onnx_part part)
{
    rn_onnx_value *y = rn_onnx_result(o, node);
    if (part.has_x && part.erf == RN_ONNX_ONE_AND_ERF && are_near(part.factor, 0.5)) {
        if (rn_onnx_layer_add(o, node, "gelu", NULL, x))
            memcpy(y->padding, x->padding, sizeof y->padding);
        return;
    }
    rn_onnx_alias(o, node, x);
    y->kind = RN_ONNX_PART;
    y->part = part;
}

/* ---- What nodes make of two parts; of factor NAN: none ---- */

typedef rn_onnx_part compute(rn_onnx_part a, rn_onnx_part b);

static rn_onnx_part multiply(rn_onnx_part a, rn_onnx_part b)
{
    bool is_part = !(a.has_x && b.has_x) && !(a.erf && b.erf);
    return (rn_onnx_part){ .factor = is_part ? a.factor * b.factor : NAN,
                           .has_x = a.has_x || b.has_x,
                           .erf = a.erf ? a.erf : b.erf };
}

static rn_onnx_part divide(rn_onnx_part a, rn_onnx_part b)
{
    bool is_part = !b.has_x && !b.erf;
    a.factor = is_part ? a.factor / b.factor : NAN;
    return a;
}

static rn_onnx_part add(rn_onnx_part a, rn_onnx_part b)
{
    bool is_part = a.has_x == b.has_x && are_near(a.factor, b.factor) &&
                   ((a.erf == RN_ONNX_ERF && !b.erf) || (b.erf == RN_ONNX_ERF && !a.erf));
    return (rn_onnx_part){ .factor = is_part ? a.factor : NAN,
                           .has_x = a.has_x,
                           .erf = RN_ONNX_ONE_AND_ERF };
}

static bool combine(rn_onnx *o, const rn_onnx_node *node, compute *function)
{
    const rn_onnx_value *x = find_x(o, node);
    if (!x || node->n_input != 2)
        return false;
    rn_onnx_part part = function(read_part(o, node, 0, x), read_part(o, node, 1, x));
    if (isnan(part.factor))
        return false;
    set_part(o, node, x, part);
    return true;
}

const char *rn_onnx_multiply_parts(rn_onnx *o, const rn_onnx_node *node)
{
    return combine(o, node, multiply) ? NULL : "what it multiplies are not both results of layers";
}

const char *rn_onnx_add_parts(rn_onnx *o, const rn_onnx_node *node)
{
    return combine(o, node, add) ? NULL : no_part;
}

const char *rn_onnx_build_Div(rn_onnx *o, const rn_onnx_node *node)
{
    return combine(o, node, divide) ? NULL : no_part;
}

const char *rn_onnx_build_Erf(rn_onnx *o, const rn_onnx_node *node)
{
    const rn_onnx_value *x = find_x(o, node);
    if (!x)
        return no_part;
    rn_onnx_part part = read_part(o, node, 0, x);
    if (!part.has_x || part.erf || !are_near(part.factor, M_SQRT1_2))
        return no_part;
    set_part(o, node, x, (rn_onnx_part){ .factor = 1, .erf = RN_ONNX_ERF });
    return NULL;
}

/* The 2 of gelu, in the form that ONNX defines it in. */
const char *rn_onnx_build_Sqrt(rn_onnx *o, const rn_onnx_node *node)
{
    double number = 0;
    if (!rn_onnx_number(o, rn_onnx_input(o, node, 0), &number))
        return "it is of other than one constant number";
    rn_onnx_set_number(o, rn_onnx_result(o, node), (float)sqrt(number));
    return NULL;
}

/* ---- Parts that nothing completes ---- */

static const rn_onnx_part *find_part(const rn_onnx *o, const rn_onnx_node *node)
{
    for (size_t i = 0; i < node->n_input; i++) {
        const rn_onnx_value *x = rn_onnx_input(o, node, i);
        if (x && x->kind == RN_ONNX_PART)
            return &x->part;
    }
    return NULL;
}

bool rn_onnx_reads_part(const rn_onnx *o, const rn_onnx_node *node)
{
    return find_part(o, node) != NULL;
}

const char *rn_onnx_part_why(rn_onnx *o, const rn_onnx_node *node, const char *why)
{
    static const char *const erfs[] = {
        [RN_ONNX_ERF] = " erf(x / sqrt 2)", [RN_ONNX_ONE_AND_ERF] = " (1 + erf(x / sqrt 2))"
    };
    const rn_onnx_part *part = find_part(o, node);
    if (!part)
        return why;
    return RN_ONNX_WHY(o,
                       "it reads %g%s%s of a layer's result x, which is a layer only as a part of "
                       "gelu, 0.5 x (1 + erf(x / sqrt 2))",
                       part->factor, part->has_x ? " x" : "", part->erf ? erfs[part->erf] : "");
}
