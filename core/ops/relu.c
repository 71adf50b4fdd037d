/* relu: negative elements become 0.
 * formula  y = max(x, 0); NaN stays NaN
 * shapes   x, y, mask: any, equal
 * attrs    none
 * gradient dx = relu_grad(dy, mask) = dy where x > 0 or x is NaN, else 0; the mask, an output in
 *          training, says where
 * numerics exact
 * errors   none
 * source   Nair & Hinton 2010, "Rectified linear units improve restricted Boltzmann machines" */
#include "graph/op.h"

static rn_status infer(rn_dag *dag, rn_node *node)
{
    rn_tensor_desc y = node->inputs[RN_RELU_X]->desc;
    rn_dag_output(dag, node, RN_RELU_Y, &y);
    if (dag->training) {
        rn_tensor_desc mask = rn_desc_like(&y, dag->mask_dtype);
        rn_dag_output(dag, node, RN_RELU_MASK, &mask);
    }
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *inputs[] = { [RN_RELU_GRAD_DY] = node->outputs[RN_RELU_Y]->gradient,
                           [RN_RELU_GRAD_MASK] = node->outputs[RN_RELU_MASK] };
    rn_value *targets[] = { [RN_RELU_GRAD_DX] = node->inputs[RN_RELU_X] };
    return rn_dag_gradient_op(dag, node, "relu_grad", inputs, targets);
}

/* Also of relu_grad, whose first input is dy. */
static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_RELU_X]->desc);
}

const rn_op_rule rn_op_relu = { .n_given = 1, .infer = infer, .gradient = gradient, .cost = cost };

const rn_op_rule rn_op_relu_grad = { .cost = cost };
