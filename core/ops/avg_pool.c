/* avg_pool: the mean of each window.
 * formula  y[n,c,p,q] = (1/D) * sum over r,s of x[n, c, p*u - a + r, q*u - a + s]; D = R*S, or with
 *          exclude_padding the number of pixels inside the image
 * shapes   x (N,C,H,W)   y (N,C,P,Q)   P = floor((H + a + a' - R)/u) + 1, Q likewise
 * attrs    kernel R,S; stride u [kernel]; padding a, a'; exclude_padding [0]
 * gradient dx = avg_pool_grad(dy): dy/D to each pixel of the window
 * numerics fp32 sums
 * errors   RN_E_SHAPE: a window larger than the padded input
 * source   PyTorch's count_include_pad is the opposite of exclude_padding */
#include "graph/op.h"
#include "ops/pool.h"

static rn_status infer(rn_dag *dag, rn_node *node)
{
    rn_tensor_desc y;
    rn_status status = rn_pool_resolve(node, "avg_pool", &y);
    if (status)
        return status;
    rn_dag_output(dag, node, RN_AVG_POOL_Y, &y);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *inputs[] = { [RN_AVG_POOL_GRAD_DY] = node->outputs[RN_AVG_POOL_Y]->gradient };
    rn_value *targets[] = { [RN_AVG_POOL_GRAD_DX] = node->inputs[RN_AVG_POOL_X] };
    return rn_dag_gradient_op(dag, node, "avg_pool_grad", inputs, targets);
}

const rn_op_rule rn_op_avg_pool = { .fields = rn_pool_fields,
                                    .n_given = 1,
                                    .infer = infer,
                                    .gradient = gradient,
                                    .cost = rn_pool_cost };

const rn_op_rule rn_op_avg_pool_grad = { .cost = rn_pool_cost_grad };
