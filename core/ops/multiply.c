/* multiply: the product of two tensors, such as a gate and what it lets through.
 * formula  y = a * b, element by element; b of (N,C,1,1) counts for all pixels of its channel
 * shapes   a, y: any, equal   b: that of a, or (N,C,1,1) where a is (N,C,H,W)
 * attrs    none
 * gradient da, db = multiply_grad(dy, a, b): da = dy * b, db = dy * a, summed over the pixels that
 *          an element of b counts for
 * numerics exact to rounding; sums over pixels in double, or in float over few pixels
 * errors   RN_E_SHAPE: b has another shape
 * source   squeeze and excitation: Hu et al. 2018, arXiv:1709.01507, eq. (4) */
#include "base/status.h"
#include "graph/op.h"

/* One element for each channel of each image. */
static bool is_of_channels(const rn_tensor_desc *a, const rn_tensor_desc *b)
{
    return a->rank == 4 && b->rank == 4 && a->shape[0] == b->shape[0] &&
           a->shape[1] == b->shape[1] && b->shape[2] == 1 && b->shape[3] == 1;
}

static rn_status infer(rn_dag *dag, rn_node *node)
{
    const rn_tensor_desc *a = &node->inputs[RN_MULTIPLY_A]->desc,
                         *b = &node->inputs[RN_MULTIPLY_B]->desc;
    if (!rn_desc_same_shape(a, b) && !is_of_channels(a, b))
        return rn_fail(RN_E_SHAPE,
                       "cannot multiply %s by %s; the second needs the shape of the "
                       "first, or (N, C, 1, 1) for images (N, C, H, W)",
                       RN_DESC_STRING(a), RN_DESC_STRING(b));
    rn_tensor_desc y = *a;
    rn_dag_output(dag, node, RN_MULTIPLY_Y, &y);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *a = node->inputs[RN_MULTIPLY_A], *b = node->inputs[RN_MULTIPLY_B];
    rn_value *inputs[] = { [RN_MULTIPLY_GRAD_DY] = node->outputs[RN_MULTIPLY_Y]->gradient,
                           [RN_MULTIPLY_GRAD_A] = a,
                           [RN_MULTIPLY_GRAD_B] = b };
    rn_value *targets[] = { [RN_MULTIPLY_GRAD_DA] = a, [RN_MULTIPLY_GRAD_DB] = b };
    return rn_dag_gradient_op(dag, node, "multiply_grad", inputs, targets);
}

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_MULTIPLY_A]->desc);
}

static void cost_grad(const rn_node *node, rn_cost *c)
{
    c->other_flops = 2 * rn_desc_count(&node->inputs[RN_MULTIPLY_GRAD_A]->desc);
}

const rn_op_rule rn_op_multiply = {
    .n_given = 2, .infer = infer, .gradient = gradient, .cost = cost
};

const rn_op_rule rn_op_multiply_grad = { .cost = cost_grad };
