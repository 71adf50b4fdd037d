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
    rn_dag_output(dag, node, &y);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    return rn_dag_gradient_op(dag, node, "avg_pool_grad",
                              (rn_value *[]){ node->outputs[0]->gradient, NULL },
                              (rn_value *[]){ node->inputs[0], NULL });
}

const rn_op rn_op_avg_pool = {
    .name = "avg_pool",
    .attrs_size = sizeof(rn_pool_attrs),
    .fields = rn_pool_fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .gradient = gradient,
    .cost = rn_pool_cost,
};

const rn_op rn_op_avg_pool_grad = {
    .name = "avg_pool_grad",
    .attrs_size = sizeof(rn_pool_attrs),
    .cost = rn_pool_cost_grad,
};
