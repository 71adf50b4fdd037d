/* linear: a fully connected layer.
 * formula  y[n,k] = bias[k] + sum over f of x[n,f] * weight[k,f]
 * shapes   x (N,F)   weight (K,F)   bias (K)   y (N,K)
 * attrs    units K [the network's classes]
 * gradient dx = linear_grad_input(dy, weight)   dweight, dbias = linear_grad_weight(x, dy)
 * numerics fp32 sums
 * errors   RN_E_SHAPE: rank other than 2 (flatten first)
 * source   PyTorch's torch.nn.Linear */
#include "base/status.h"
#include "graph/op.h"

#define FIELD(type, ...) RN_FIELD(type, rn_linear_attrs, __VA_ARGS__)
static const rn_op_field fields[] = {
    FIELD(I32, has_bias, 0, 1, false),
    FIELD(I64, units, 1, RN_MOST_CHANNELS, true),
    { 0 },
};

static rn_status infer(rn_dag *dag, rn_node *node)
{
    rn_linear_attrs *a = node->attrs;
    const rn_tensor_desc *x = &node->inputs[RN_LINEAR_X]->desc;
    if (a->units == 0)
        a->units = dag->n_classes;
    if (x->rank != 2)
        return rn_fail(RN_E_SHAPE, "linear takes vectors (N, F), not %s; put a flatten before it",
                       RN_DESC_STRING(x));
    rn_tensor_desc w = rn_desc_make(RN_F32, 2, (const int64_t[]){ a->units, x->shape[1] });
    rn_tensor_desc y = rn_desc_make(RN_F32, 2, (const int64_t[]){ x->shape[0], a->units });
    rn_status status = rn_dag_weight(dag, node, RN_LINEAR_WEIGHT, &w);
    if (!status && a->has_bias)
        status = rn_dag_bias(dag, node, RN_LINEAR_BIAS, node->inputs[RN_LINEAR_WEIGHT]);
    if (status)
        return status;
    rn_dag_output(dag, node, RN_LINEAR_Y, &y);
    return dag->status ? dag->status : rn_op_check_macs("linear", &y, x->shape[1]);
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *x = node->inputs[RN_LINEAR_X], *weight = node->inputs[RN_LINEAR_WEIGHT];
    rn_value *dy = node->outputs[RN_LINEAR_Y]->gradient;
    rn_value *bias = rn_value_if_trained(node->inputs[RN_LINEAR_BIAS]);
    rn_value *x_dy[] = { [RN_LINEAR_GRAD_WEIGHT_X] = x, [RN_LINEAR_GRAD_WEIGHT_DY] = dy };
    rn_value *parameters[] = {
        [RN_LINEAR_GRAD_WEIGHT_DWEIGHT] = weight, [RN_LINEAR_GRAD_WEIGHT_DBIAS] = bias
    };
    rn_status status = RN_OK;
    if (weight->needs_gradient || bias)
        status = rn_dag_gradient_op(dag, node, "linear_grad_weight", x_dy, parameters);
    if (status || !x->needs_gradient)
        return status;
    rn_value *dy_weight[] = {
        [RN_LINEAR_GRAD_INPUT_DY] = dy, [RN_LINEAR_GRAD_INPUT_WEIGHT] = weight
    };
    rn_value *input[] = { [RN_LINEAR_GRAD_INPUT_DX] = x };
    return rn_dag_gradient_op(dag, node, "linear_grad_input", dy_weight, input);
}

static void cost(const rn_node *node, rn_cost *c)
{
    const rn_linear_attrs *a = node->attrs;
    const rn_tensor_desc *y = &node->outputs[RN_LINEAR_Y]->desc;
    c->macs = rn_desc_count(&node->inputs[RN_LINEAR_X]->desc) * y->shape[1];
    c->other_flops = a->has_bias ? rn_desc_count(y) : 0;
}

static void cost_grad_input(const rn_node *node, rn_cost *c)
{
    c->macs = rn_desc_count(&node->inputs[RN_LINEAR_GRAD_INPUT_DY]->desc) *
              node->outputs[RN_LINEAR_GRAD_INPUT_DX]->desc.shape[1];
}

static void cost_grad_weight(const rn_node *node, rn_cost *c)
{
    c->macs = rn_desc_count(&node->inputs[RN_LINEAR_GRAD_WEIGHT_X]->desc) *
              node->inputs[RN_LINEAR_GRAD_WEIGHT_DY]->desc.shape[1];
}

const rn_op_rule rn_op_linear = {
    .fields = fields, .n_given = 1, .infer = infer, .gradient = gradient, .cost = cost
};

const rn_op_rule rn_op_linear_grad_input = { .cost = cost_grad_input };

const rn_op_rule rn_op_linear_grad_weight = { .cost = cost_grad_weight };
