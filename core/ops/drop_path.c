/* drop_path: stochastic depth: sets a random share of the samples to 0 in training; nothing in
 * inference.
 * formula  y[n] = x[n] * (uniform(seed, step, stream, first_element + n) >= rate) / (1 - rate)
 * shapes   x, y: any, equal, samples first   random i32 (2): seed, step
 * attrs    rate [0 to 0.999999], first_element (set by parallel.c): the number of the first sample
 * gradient dx = drop_path(dy), with the same attributes and random
 * numerics which samples are kept is the same on every backend (include/resnet/random.h)
 * errors   none
 * source   Huang et al. 2016, arXiv:1603.09382; scaled in training as in torchvision and timm */
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
    rn_tensor_desc y = node->inputs[RN_DROP_PATH_X]->desc;
    if (!dag->training || a->rate == 0) {
        rn_dag_view(dag, node, node->inputs[RN_DROP_PATH_X], &y);
        return dag->status;
    }
    a->stream = dag->n_dropouts++;
    node->inputs[RN_DROP_PATH_RANDOM] = rn_dag_random(dag);
    rn_dag_output(dag, node, RN_DROP_PATH_Y, &y);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *inputs[] = { [RN_DROP_PATH_X] = node->outputs[RN_DROP_PATH_Y]->gradient,
                           [RN_DROP_PATH_RANDOM] = node->inputs[RN_DROP_PATH_RANDOM] };
    rn_value *targets[] = { [RN_DROP_PATH_Y] = node->inputs[RN_DROP_PATH_X] };
    return rn_dag_gradient_op(dag, node, "drop_path", inputs, targets);
}

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_DROP_PATH_X]->desc);
}

const rn_op_rule rn_op_drop_path = {
    .fields = fields, .n_given = 1, .infer = infer, .gradient = gradient, .cost = cost
};
