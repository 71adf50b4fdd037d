/* dropout: sets a random share of the elements to 0 in training; nothing in inference.
 * formula  y = x * mask / (1 - rate), mask = uniform(seed, step, stream, first_element + i) >= rate
 * shapes   x, y, mask: any, equal   random i32 (2): seed, step
 * attrs    rate [0 to 0.999999], first_element (set by parallel.c): where x begins in the batch
 * gradient dx = dropout_grad(dy, mask) = dy * mask / (1 - rate)
 * numerics the mask is the same on every backend (include/resnet/random.h)
 * errors   none
 * source   Srivastava et al. 2014, JMLR 15; scaled in training as in PyTorch */
#include "graph/op.h"

#define FIELD_OF_CORE(type, field) RN_FIELD_OF_CORE(type, rn_dropout_attrs, field)
static const rn_op_field fields[] = {
    FIELD_OF_CORE(I32, stream),
    RN_FIELD(F64, rn_dropout_attrs, rate, 0, 0.999999, false),
    FIELD_OF_CORE(I64, first_element),
    { 0 },
};

static rn_status infer(rn_dag *dag, rn_node *node)
{
    rn_dropout_attrs *a = node->attrs;
    rn_tensor_desc y = node->inputs[RN_DROPOUT_X]->desc;
    if (!dag->training) {
        rn_dag_view(dag, node, node->inputs[RN_DROPOUT_X], &y);
        return dag->status;
    }
    a->stream = dag->n_dropouts++;
    node->inputs[RN_DROPOUT_RANDOM] = rn_dag_random(dag);
    rn_tensor_desc mask = rn_desc_like(&y, dag->mask_dtype);
    rn_dag_output(dag, node, RN_DROPOUT_Y, &y);
    rn_dag_output(dag, node, RN_DROPOUT_MASK, &mask);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *inputs[] = { [RN_DROPOUT_GRAD_DY] = node->outputs[RN_DROPOUT_Y]->gradient,
                           [RN_DROPOUT_GRAD_MASK] = node->outputs[RN_DROPOUT_MASK] };
    rn_value *targets[] = { [RN_DROPOUT_GRAD_DX] = node->inputs[RN_DROPOUT_X] };
    return rn_dag_gradient_op(dag, node, "dropout_grad", inputs, targets);
}

/* Also of dropout_grad, whose first input is dy. */
static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_DROPOUT_X]->desc);
}

const rn_op_rule rn_op_dropout = {
    .fields = fields, .n_given = 1, .infer = infer, .gradient = gradient, .cost = cost
};

const rn_op_rule rn_op_dropout_grad = { .cost = cost };
