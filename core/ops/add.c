/* add: the sum of two tensors; the shortcut's end.
 * formula  y = a + b
 * shapes   a, b, y: any, equal
 * attrs    none
 * gradient da = dy, db = dy; no operator
 * numerics exact to rounding
 * errors   RN_E_SHAPE: a and b differ
 * source   He et al. 2016, arXiv:1512.03385, eq. (1) */
#include "base/status.h"
#include "graph/op.h"

static rn_status infer(rn_dag *dag, rn_node *node)
{
    const rn_tensor_desc *a = &node->inputs[0]->desc, *b = &node->inputs[1]->desc;
    if (!rn_desc_same_shape(a, b))
        return rn_fail(RN_E_SHAPE,
                       "cannot add %s and %s; the shortcut needs a projection (or other "
                       "channels or stride)",
                       RN_DESC_STRING(a), RN_DESC_STRING(b));
    rn_tensor_desc y = *a;
    rn_dag_output(dag, node, &y);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_dag_add_gradient(dag, node->inputs[0], node->outputs[0]->gradient);
    rn_dag_add_gradient(dag, node->inputs[1], node->outputs[0]->gradient);
    return dag->status;
}

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[0]->desc);
}

const rn_op rn_op_add = {
    .name = "add",
    .min_inputs = 2,
    .max_inputs = 2,
    .infer = infer,
    .gradient = gradient,
    .cost = cost,
    .inplace_inputs = 1u << 0 | 1u << 1,
};
