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
#include "graph/op.h"

static const rn_op_field fields[] = {
    RN_FIELD_OF_CORE(I32, rn_cross_entropy_attrs, reserved),
    RN_FIELD(F64, rn_cross_entropy_attrs, label_smoothing, 0, 1, false),
    { 0 },
};

static rn_status infer(rn_dag *dag, rn_node *node)
{
    const rn_tensor_desc *logits = &node->inputs[RN_SOFTMAX_CROSS_ENTROPY_LOGITS]->desc;
    const rn_tensor_desc *labels = &node->inputs[RN_SOFTMAX_CROSS_ENTROPY_LABELS]->desc;
    if (logits->rank != 2 || labels->rank != 1 || labels->shape[0] != logits->shape[0])
        return rn_fail(RN_E_SHAPE,
                       "the loss takes scores (N, K) and labels (N), not %s and %s; end "
                       "the network with a linear layer",
                       RN_DESC_STRING(logits), RN_DESC_STRING(labels));
    rn_tensor_desc loss = rn_desc_make(RN_F32, 1, (const int64_t[]){ 1 });
    rn_tensor_desc probabilities = *logits;
    rn_dag_output(dag, node, RN_SOFTMAX_CROSS_ENTROPY_LOSS, &loss);
    rn_dag_output(dag, node, RN_SOFTMAX_CROSS_ENTROPY_PROBABILITIES, &probabilities);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *inputs[] = {
        [RN_SOFTMAX_CROSS_ENTROPY_GRAD_PROBABILITIES] =
            node->outputs[RN_SOFTMAX_CROSS_ENTROPY_PROBABILITIES],
        [RN_SOFTMAX_CROSS_ENTROPY_GRAD_LABELS] = node->inputs[RN_SOFTMAX_CROSS_ENTROPY_LABELS],
        [RN_SOFTMAX_CROSS_ENTROPY_GRAD_LOSS_SCALE] = dag->loss_scale,
    };
    rn_value *targets[] = {
        [RN_SOFTMAX_CROSS_ENTROPY_GRAD_DLOGITS] = node->inputs[RN_SOFTMAX_CROSS_ENTROPY_LOGITS],
    };
    return rn_dag_gradient_op(dag, node, "softmax_cross_entropy_grad", inputs, targets);
}

/* Also of the gradient, whose first input is the probabilities. */
static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_SOFTMAX_CROSS_ENTROPY_LOGITS]->desc) * 5;
}

const rn_op_rule rn_op_softmax_cross_entropy = {
    .fields = fields, .n_given = 2, .infer = infer, .gradient = gradient, .cost = cost
};

const rn_op_rule rn_op_softmax_cross_entropy_grad = { .cost = cost };
