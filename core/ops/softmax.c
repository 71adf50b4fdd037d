/* softmax: scores as probabilities.
 * formula  y[n,k] = exp(x[n,k] - m) / sum over j of exp(x[n,j] - m), m the row's maximum
 * shapes   x, y (N,K)
 * attrs    none
 * gradient none (training uses softmax_cross_entropy)
 * numerics never overflows
 * errors   RN_E_SHAPE: rank other than 2
 * source   Bridle 1990, "Probabilistic interpretation of feedforward classification network
 *          outputs" */
#include "base/status.h"
#include "graph/op.h"

static rn_status infer(rn_dag *dag, rn_node *node)
{
    rn_tensor_desc y = node->inputs[RN_SOFTMAX_X]->desc;
    if (y.rank != 2)
        return rn_fail(RN_E_SHAPE, "softmax takes scores (N, K), not %s", RN_DESC_STRING(&y));
    rn_dag_output(dag, node, RN_SOFTMAX_Y, &y);
    return dag->status;
}

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_SOFTMAX_X]->desc) * 4;
}

const rn_op_rule rn_op_softmax = { .n_given = 1, .infer = infer, .cost = cost };
