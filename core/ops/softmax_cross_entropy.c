/* softmax_cross_entropy: the loss of a classifier, averaged over the batch.
 * formula  loss = -(1/N) * sum over n,k of t[n,k] * log p[n,k], p = softmax(logits),
 *          t = (1 - e)*[k = label] + e/K
 * shapes   logits (N,K)   labels i32 (N)   loss (1)   probabilities (N,K)   loss_scale (2)
 * attrs    label_smoothing e [0]
 * gradient dlogits = softmax_cross_entropy_grad(probabilities, labels, loss_scale) =
 *          scale*(p - t)/N; the loss's own gradient is 1, and so is scale without loss_scale
 * numerics log p by the row's maximum: finite for any finite logits
 * errors   RN_E_SHAPE: labels do not fit the logits
 * source   label smoothing: Szegedy et al. 2016, arXiv:1512.00567, section 7 */
#include "base/status.h"
#include "ops/cross_entropy.h"

static rn_status infer(rn_dag *dag, rn_node *node)
{
    const rn_tensor_desc *logits = &node->inputs[RN_SOFTMAX_CROSS_ENTROPY_LOGITS]->desc;
    const rn_tensor_desc *labels = &node->inputs[RN_SOFTMAX_CROSS_ENTROPY_LABELS]->desc;
    if (logits->rank != 2 || labels->rank != 1 || labels->shape[0] != logits->shape[0])
        return rn_fail(RN_E_SHAPE,
                       "the loss takes scores (N, K) and labels (N), not %s and %s; end "
                       "the network with a linear layer",
                       RN_DESC_STRING(logits), RN_DESC_STRING(labels));
    return rn_cross_entropy_outputs(dag, node);
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    return rn_cross_entropy_gradient(dag, node, "softmax_cross_entropy_grad");
}

const rn_op_rule rn_op_softmax_cross_entropy = { .fields = rn_cross_entropy_fields,
                                                 .n_given = RN_SOFTMAX_CROSS_ENTROPY_N_INPUTS,
                                                 .infer = infer,
                                                 .gradient = gradient,
                                                 .cost = rn_cross_entropy_cost };

const rn_op_rule rn_op_softmax_cross_entropy_grad = { .cost = rn_cross_entropy_cost };
