/* cross_entropy.c: attributes, outputs, gradient and cost of the losses of labels and of targets.
 */
#include "ops/cross_entropy.h"

/* Both operators are indexed by the constants of the first. */
#define SAME_SLOT(of_labels, of_targets)                                                           \
    _Static_assert((int)RN_##of_labels == (int)RN_##of_targets, #of_targets " has another number")
SAME_SLOT(SOFTMAX_CROSS_ENTROPY_LOGITS, SOFT_CROSS_ENTROPY_LOGITS);
SAME_SLOT(SOFTMAX_CROSS_ENTROPY_LABELS, SOFT_CROSS_ENTROPY_TARGETS);
SAME_SLOT(SOFTMAX_CROSS_ENTROPY_LOSS, SOFT_CROSS_ENTROPY_LOSS);
SAME_SLOT(SOFTMAX_CROSS_ENTROPY_PROBABILITIES, SOFT_CROSS_ENTROPY_PROBABILITIES);
SAME_SLOT(SOFTMAX_CROSS_ENTROPY_GRAD_PROBABILITIES, SOFT_CROSS_ENTROPY_GRAD_PROBABILITIES);
SAME_SLOT(SOFTMAX_CROSS_ENTROPY_GRAD_LABELS, SOFT_CROSS_ENTROPY_GRAD_TARGETS);
SAME_SLOT(SOFTMAX_CROSS_ENTROPY_GRAD_LOSS_SCALE, SOFT_CROSS_ENTROPY_GRAD_LOSS_SCALE);
SAME_SLOT(SOFTMAX_CROSS_ENTROPY_GRAD_DLOGITS, SOFT_CROSS_ENTROPY_GRAD_DLOGITS);

const rn_op_field rn_cross_entropy_fields[] = {
    RN_FIELD_OF_CORE(I32, rn_cross_entropy_attrs, reserved),
    RN_FIELD(F64, rn_cross_entropy_attrs, label_smoothing, 0, 1, false),
    { 0 },
};

rn_status rn_cross_entropy_outputs(rn_dag *dag, rn_node *node)
{
    rn_tensor_desc loss = rn_desc_make(RN_F32, 1, (const int64_t[]){ 1 });
    rn_tensor_desc probabilities = node->inputs[RN_SOFTMAX_CROSS_ENTROPY_LOGITS]->desc;
    rn_dag_output(dag, node, RN_SOFTMAX_CROSS_ENTROPY_LOSS, &loss);
    rn_dag_output(dag, node, RN_SOFTMAX_CROSS_ENTROPY_PROBABILITIES, &probabilities);
    return dag->status;
}

rn_status rn_cross_entropy_gradient(rn_dag *dag, rn_node *node, const char *op)
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
    return rn_dag_gradient_op(dag, node, op, inputs, targets);
}

void rn_cross_entropy_cost(const rn_node *node, rn_cost *cost)
{
    cost->other_flops = rn_desc_count(&node->inputs[RN_SOFTMAX_CROSS_ENTROPY_LOGITS]->desc) * 5;
}
