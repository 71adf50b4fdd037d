/* add: the sum of two tensors, such as a block's result and its shortcut.
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
    const rn_tensor_desc *a = &node->inputs[RN_ADD_A]->desc, *b = &node->inputs[RN_ADD_B]->desc;
    if (!rn_desc_same_shape(a, b))
        return rn_fail(RN_E_SHAPE,
                       "cannot add %s and %s; the shortcut needs a projection (or other "
                       "channels or stride)",
                       RN_DESC_STRING(a), RN_DESC_STRING(b));
    rn_tensor_desc y = *a;
    rn_dag_output(dag, node, RN_ADD_Y, &y);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *dy = node->outputs[RN_ADD_Y]->gradient;
    rn_dag_add_gradient(dag, node->inputs[RN_ADD_A], dy);
    rn_dag_add_gradient(dag, node->inputs[RN_ADD_B], dy);
    return dag->status;
}

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_ADD_A]->desc);
}

const rn_op_rule rn_op_add = { .n_given = 2, .infer = infer, .gradient = gradient, .cost = cost };
