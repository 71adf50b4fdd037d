/* max_pool: the largest pixel of each window.
 * formula  y[n,c,p,q] = max over r,s of x[n, c, p*u - a + r, q*u - a + s] inside the image
 * shapes   x (N,C,H,W)   y, index (N,C,P,Q)   P = floor((H + a + a' - R)/u) + 1, Q likewise
 * attrs    kernel R,S; stride u [kernel]; padding a, a' [at most half the kernel]
 * gradient dx = max_pool_grad(dy, index): dy goes to the (first) largest pixel
 * numerics exact; padding never wins; NaN wins
 * errors   RN_E_SHAPE: more than 256 pixels in a window in training (the index is one byte)
 * source   floor as in PyTorch (Caffe rounds up); He et al. 2016, table 1 */
#include "base/status.h"
#include "graph/op.h"
#include "ops/pool.h"
#include "ops/window.h"

static rn_status infer(rn_dag *dag, rn_node *node)
{
    const rn_pool_attrs *a = node->attrs;
    rn_tensor_desc y;
    rn_status status = rn_pool_resolve(node, "max_pool", &y);
    if (status)
        return status;
    rn_dag_output(dag, node, RN_MAX_POOL_Y, &y);
    if (!dag->training)
        return dag->status;
    if (a->kernel[0] * a->kernel[1] > 256)
        return rn_fail(RN_E_SHAPE,
                       "max_pool: a window of %lld x %lld is larger than 256 pixels; "
                       "pool in two steps",
                       (long long)a->kernel[0], (long long)a->kernel[1]);
    rn_tensor_desc index = rn_desc_like(&y, RN_U8);
    rn_dag_output(dag, node, RN_MAX_POOL_INDEX, &index);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *inputs[] = { [RN_MAX_POOL_GRAD_DY] = node->outputs[RN_MAX_POOL_Y]->gradient,
                           [RN_MAX_POOL_GRAD_INDEX] = node->outputs[RN_MAX_POOL_INDEX] };
    rn_value *targets[] = { [RN_MAX_POOL_GRAD_DX] = node->inputs[RN_MAX_POOL_X] };
    return rn_dag_gradient_op(dag, node, "max_pool_grad", inputs, targets);
}

const rn_op_rule rn_op_max_pool = { .fields = rn_pool_fields,
                                    .n_given = 1,
                                    .infer = infer,
                                    .gradient = gradient,
                                    .cost = rn_pool_cost };

const rn_op_rule rn_op_max_pool_grad = { .cost = rn_pool_cost_grad };
