/* concat: joins images along the channels.
 * formula  y[n, c1 + … + c] = xi[n, c]
 * shapes   xi (N,Ci,H,W)   y (N, sum of Ci, H, W)
 * attrs    none
 * gradient dx1, dx2, … = concat_grad(dy)
 * numerics exact
 * errors   RN_E_SHAPE: other than the channels differ
 * source   Szegedy et al. 2015, arXiv:1409.4842, fig. 2 */
#include "base/status.h"
#include "graph/op.h"

static rn_status infer(rn_dag *dag, rn_node *node)
{
    rn_tensor_desc y = node->inputs[0]->desc;
    if (y.rank != 4)
        return rn_fail(RN_E_SHAPE, "concat takes images (N, C, H, W), not %s", RN_DESC_STRING(&y));
    for (int32_t i = 1; i < node->n_inputs; i++) {
        const rn_tensor_desc *x = &node->inputs[i]->desc;
        if (x->rank != 4 || x->shape[0] != y.shape[0] || x->shape[2] != y.shape[2] ||
            x->shape[3] != y.shape[3])
            return rn_fail(RN_E_SHAPE, "cannot concatenate %s and %s: only the channels may differ",
                           RN_DESC_STRING(&node->inputs[0]->desc), RN_DESC_STRING(x));
        if (__builtin_add_overflow(y.shape[1], x->shape[1], &y.shape[1]))
            return rn_fail(RN_E_SHAPE, "concat: too many channels");
    }
    y = rn_desc_make(RN_F32, 4, y.shape);
    rn_dag_output(dag, node, &y);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *targets[RN_MAX_OPERANDS] = { 0 }; /* one more than there are inputs */
    for (int32_t i = 0; i < node->n_inputs; i++)
        targets[i] = node->inputs[i];
    return rn_dag_gradient_op(dag, node, "concat_grad",
                              (rn_value *[]){ node->outputs[0]->gradient, NULL }, targets);
}

static void cost(const rn_node *node, rn_cost *c)
{
    (void)node;
    c->other_flops = 0;
}

const rn_op rn_op_concat = {
    .name = "concat",
    .min_inputs = 1,
    .max_inputs = RN_MAX_OPERANDS - 1,
    .infer = infer,
    .gradient = gradient,
    .cost = cost,
};

const rn_op rn_op_concat_grad = { .name = "concat_grad", .cost = cost };
