/* relu: negative elements become 0.
 * formula  y = max(x, 0); NaN stays NaN
 * shapes   x, y, mask: any, equal
 * attrs    none
 * gradient dx = relu_grad(dy, mask) = dy where y > 0, else 0; the mask is an output in training
 * numerics exact
 * errors   none
 * source   Nair & Hinton 2010, "Rectified linear units improve restricted Boltzmann machines" */
#include "graph/op.h"

static rn_status infer(rn_dag *dag, rn_node *node)
{
    rn_tensor_desc y = node->inputs[0]->desc;
    rn_dag_output(dag, node, &y);
    if (dag->training) {
        rn_tensor_desc mask = rn_desc_like(&y, dag->mask_dtype);
        rn_dag_output(dag, node, &mask);
    }
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *dy = node->outputs[0]->gradient, *mask = node->outputs[1];
    return rn_dag_gradient_op(dag, node, "relu_grad", (rn_value *[]){ dy, mask, NULL },
                              (rn_value *[]){ node->inputs[0], NULL });
}

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[0]->desc);
}

const rn_op rn_op_relu = {
    .name = "relu",
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .gradient = gradient,
    .cost = cost,
    .inplace_inputs = 1u << 0,
};

const rn_op rn_op_relu_grad = { .name = "relu_grad", .cost = cost, .inplace_inputs = 1u << 0 };
