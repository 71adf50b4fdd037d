/* concat: joins images along the channels.
 * formula  y[n, c1 + … + c] = xi[n, c]
 * shapes   xi (N,Ci,H,W)   y (N, sum of Ci, H, W); up to 15 xi, and of more the builder makes
 *          groups, which it joins
 * attrs    none
 * gradient dx1, dx2, … = concat_grad(dy)
 * numerics exact
 * errors   RN_E_SHAPE: the inputs differ in more than the channels
 * source   Szegedy et al. 2015, arXiv:1409.4842, fig. 2 */
#include "base/status.h"
#include "graph/op.h"

static rn_status infer(rn_dag *dag, rn_node *node)
{
    rn_tensor_desc y = node->inputs[RN_CONCAT_X]->desc;
    if (y.rank != 4)
        return rn_fail(RN_E_SHAPE, "concat takes images (N, C, H, W), not %s", RN_DESC_STRING(&y));
    for (int32_t i = RN_CONCAT_X + 1; i < node->n_inputs; i++) {
        const rn_tensor_desc *x = &node->inputs[i]->desc;
        if (x->rank != 4 || x->shape[0] != y.shape[0] || x->shape[2] != y.shape[2] ||
            x->shape[3] != y.shape[3])
            return rn_fail(RN_E_SHAPE, "cannot concatenate %s and %s: only the channels may differ",
                           RN_DESC_STRING(&node->inputs[RN_CONCAT_X]->desc), RN_DESC_STRING(x));
        if (__builtin_add_overflow(y.shape[1], x->shape[1], &y.shape[1]))
            return rn_fail(RN_E_SHAPE, "concat: too many channels");
    }
    y = rn_desc_make(RN_F32, 4, y.shape);
    rn_dag_output(dag, node, RN_CONCAT_Y, &y);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *inputs[] = { [RN_CONCAT_GRAD_DY] = node->outputs[RN_CONCAT_Y]->gradient };
    rn_node *grad =
        rn_dag_node(dag, "concat_grad", node->name, NULL, inputs, RN_CONCAT_GRAD_N_INPUTS);
    for (int32_t i = 0; i < node->n_inputs && !dag->status; i++) {
        rn_value *x = node->inputs[i];
        rn_dag_add_gradient(dag, x, rn_dag_output(dag, grad, RN_CONCAT_GRAD_DX + i, &x->desc));
    }
    return dag->status;
}

static void cost(const rn_node *node, rn_cost *c)
{
    (void)node;
    c->other_flops = 0;
}

const rn_op_rule rn_op_concat = {
    .n_given = 1, .infer = infer, .gradient = gradient, .cost = cost
};

const rn_op_rule rn_op_concat_grad = { .cost = cost };
