/* soft_cross_entropy: the loss of a classifier whose labels are shares of the classes.
 * formula  loss = -(1/N) * sum over n,k of t[n,k] * log p[n,k], p = softmax(logits),
 *          t = (1 - e)*targets + e/K
 * shapes   logits (N,K)   targets (N,K)   loss (1)   probabilities (N,K)   loss_scale (2)
 * attrs    label_smoothing e [0]
 * gradient dlogits = soft_cross_entropy_grad(probabilities, targets, loss_scale) =
 *          scale*(p * (sum over k of t[n,k]) - t)/N; the loss's own gradient is 1, and so is scale
 *          without loss_scale; targets have none
 * numerics log p by the row's maximum: finite for any finite logits; a row of targets usually adds
 *          up to 1, but need not
 * errors   RN_E_SHAPE: targets do not have the shape of the logits
 * source   PyTorch's cross_entropy with probabilities; mixed labels: Zhang et al. 2018,
 *          arXiv:1710.09412, and Yun et al. 2019, arXiv:1905.04899 */
#include "base/status.h"
#include "ops/cross_entropy.h"

static rn_status infer(rn_dag *dag, rn_node *node)
{
    const rn_tensor_desc *logits = &node->inputs[RN_SOFT_CROSS_ENTROPY_LOGITS]->desc;
    const rn_tensor_desc *targets = &node->inputs[RN_SOFT_CROSS_ENTROPY_TARGETS]->desc;
    if (logits->rank != 2 || !rn_desc_same_shape(logits, targets))
        return rn_fail(RN_E_SHAPE,
                       "the loss takes scores and targets of one shape (N, K), not %s and %s; end "
                       "the network with a linear layer",
                       RN_DESC_STRING(logits), RN_DESC_STRING(targets));
    return rn_cross_entropy_outputs(dag, node);
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    return rn_cross_entropy_gradient(dag, node, "soft_cross_entropy_grad");
}

const rn_op_rule rn_op_soft_cross_entropy = { .fields = rn_cross_entropy_fields,
                                              .n_given = RN_SOFT_CROSS_ENTROPY_N_INPUTS,
                                              .infer = infer,
                                              .gradient = gradient,
                                              .cost = rn_cross_entropy_cost };

const rn_op_rule rn_op_soft_cross_entropy_grad = { .cost = rn_cross_entropy_cost };
