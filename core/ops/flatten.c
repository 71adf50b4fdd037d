/* flatten: images as vectors; a view, no work.
 * formula  y[n, (c*H + h)*W + w] = x[n,c,h,w]
 * shapes   x (N,C,H,W)   y (N, C*H*W)
 * attrs    none
 * gradient dx is dy, seen as (N,C,H,W)
 * numerics exact
 * errors   none
 * source   PyTorch's torch.flatten(x, 1) */
#include "graph/op.h"

static rn_status infer(rn_dag *dag, rn_node *node)
{
    const rn_tensor_desc *x = &node->inputs[RN_FLATTEN_X]->desc;
    const int64_t shape[2] = { x->shape[0], rn_desc_count(x) / x->shape[0] };
    rn_tensor_desc y = rn_desc_make(RN_F32, 2, shape);
    rn_dag_view(dag, node, node->inputs[RN_FLATTEN_X], &y);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *x = node->inputs[RN_FLATTEN_X], *dy = node->outputs[RN_FLATTEN_Y]->gradient;
    rn_node *grad = rn_dag_node(dag, "flatten", node->name, NULL, &dy, 1);
    if (!dag->status)
        rn_dag_add_gradient(dag, x, rn_dag_view(dag, grad, dy, &x->desc));
    return dag->status;
}

const rn_op_rule rn_op_flatten = { .n_given = 1, .infer = infer, .gradient = gradient };
