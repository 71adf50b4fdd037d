/* global_avg_pool: the mean of each plane.
 * formula  y[n,c] = (1/(H*W)) * sum over h,w of x[n,c,h,w]
 * shapes   x (N,C,H,W)   y (N,C,1,1)
 * attrs    none
 * gradient dx = global_avg_pool_grad(dy): dy/(H*W) everywhere
 * numerics fp32 sums
 * errors   RN_E_SHAPE: rank other than 4
 * source   Lin et al. 2013, arXiv:1312.4400, section 3.2 */
#include "base/status.h"
#include "graph/op.h"

static rn_status infer(rn_dag *dag, rn_node *node)
{
    const rn_tensor_desc *x = &node->inputs[RN_GLOBAL_AVG_POOL_X]->desc;
    if (x->rank != 4)
        return rn_fail(RN_E_SHAPE, "global_avg_pool takes images (N, C, H, W), not %s",
                       RN_DESC_STRING(x));
    rn_tensor_desc y = rn_desc_make(RN_F32, 4, (const int64_t[]){ x->shape[0], x->shape[1], 1, 1 });
    rn_dag_output(dag, node, RN_GLOBAL_AVG_POOL_Y, &y);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *inputs[] = { [RN_GLOBAL_AVG_POOL_GRAD_DY] =
                               node->outputs[RN_GLOBAL_AVG_POOL_Y]->gradient };
    rn_value *targets[] = { [RN_GLOBAL_AVG_POOL_GRAD_DX] = node->inputs[RN_GLOBAL_AVG_POOL_X] };
    return rn_dag_gradient_op(dag, node, "global_avg_pool_grad", inputs, targets);
}

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_GLOBAL_AVG_POOL_X]->desc);
}

static void cost_grad(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->outputs[RN_GLOBAL_AVG_POOL_GRAD_DX]->desc);
}

const rn_op_rule rn_op_global_avg_pool = {
    .n_given = 1, .infer = infer, .gradient = gradient, .cost = cost
};

const rn_op_rule rn_op_global_avg_pool_grad = { .cost = cost_grad };
