/* batch_norm: normalises each channel, then scales and shifts it; may also add z and apply relu.
 * formula  y = relu(weight * (x - mean)/sqrt(var + epsilon) + bias + z)
 *          training: mean and (biased) variance of the batch, and running += momentum * (batch -
 *          running) with the unbiased variance; inference: the running ones
 * shapes   x, y, z, mask (N,C,H,W)   weight, bias, running_mean, running_var, mean, inv_std (C)
 * attrs    epsilon [1e-5], momentum [0.1], training, epilogue (set by fuse.c), synchronised (set by
 *          parallel.c): the batch is that of all ranks together
 * gradient dx, dweight, dbias, dz = batch_norm_grad(x, dy, weight, mean, inv_std, mask); of one
 *          that is not trained dx = batch_norm(dy) with running_mean and bias 0
 * numerics statistics in two passes or by Welford, so that a mean of 1000 costs no accuracy
 * errors   RN_E_SHAPE: rank other than 4
 * source   Ioffe & Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2; zero_init: Goyal et al.
 *          2017, arXiv:1706.02677, section 5.1 */
#include "base/status.h"
#include "graph/op.h"

#define FIELD(type, ...) RN_FIELD(type, rn_batch_norm_attrs, __VA_ARGS__)
#define FIELD_OF_CORE(type, field) RN_FIELD_OF_CORE(type, rn_batch_norm_attrs, field)
/* clang-format off */
static const rn_op_field fields[] = {
    FIELD_OF_CORE(I32, training),
    FIELD(F64, epsilon, 1e-12, 1, true),
    FIELD(F64, momentum, 1e-6, 1, true),
    FIELD_OF_CORE(I32, epilogue),
    FIELD(I32, zero_init, 0, 1, false),
    FIELD_OF_CORE(I32, synchronised),
    FIELD_OF_CORE(I32, reserved),
    { 0 },
};
/* clang-format on */

static rn_status infer(rn_dag *dag, rn_node *node)
{
    rn_batch_norm_attrs *a = node->attrs;
    const rn_tensor_desc *x = &node->inputs[RN_BATCH_NORM_X]->desc;
    if (x->rank != 4)
        return rn_fail(RN_E_SHAPE, "batch_norm takes images (N, C, H, W), not %s",
                       RN_DESC_STRING(x));
    if (a->epsilon == 0)
        a->epsilon = 1e-5;
    if (a->momentum == 0)
        a->momentum = 0.1;
    a->training = dag->training;
    rn_tensor_desc c = rn_desc_make(RN_F32, 1, &x->shape[1]);
    rn_init weight_init = a->zero_init ? RN_INIT_ZERO : RN_INIT_ONE;
    rn_value *weight =
        rn_dag_kept(dag, node, RN_BATCH_NORM_WEIGHT, "weight", &c, RN_ROLE_PARAM, weight_init);
    rn_value *bias =
        rn_dag_kept(dag, node, RN_BATCH_NORM_BIAS, "bias", &c, RN_ROLE_PARAM, RN_INIT_ZERO);
    rn_dag_kept(dag, node, RN_BATCH_NORM_RUNNING_MEAN, "running_mean", &c, RN_ROLE_STATE,
                RN_INIT_ZERO);
    rn_dag_kept(dag, node, RN_BATCH_NORM_RUNNING_VAR, "running_var", &c, RN_ROLE_STATE,
                RN_INIT_ONE);
    if (dag->status)
        return dag->status;
    weight->is_norm = bias->is_norm = true;
    bias->is_bias = true;
    rn_tensor_desc y = *x;
    rn_dag_output(dag, node, RN_BATCH_NORM_Y, &y);
    if (dag->training) {
        rn_dag_output(dag, node, RN_BATCH_NORM_MEAN, &c);
        rn_dag_output(dag, node, RN_BATCH_NORM_INV_STD, &c);
    }
    return dag->status;
}

/* With running statistics y is linear in x: dx is that batch norm of dy without what is added. */
static rn_status gradient_of_frozen(rn_dag *dag, const rn_node *node)
{
    rn_value *const *in = node->inputs, *x = in[RN_BATCH_NORM_X];
    rn_value *inputs[] = { [RN_BATCH_NORM_X] = node->outputs[RN_BATCH_NORM_Y]->gradient,
                           [RN_BATCH_NORM_WEIGHT] = in[RN_BATCH_NORM_WEIGHT],
                           [RN_BATCH_NORM_BIAS] = NULL,
                           [RN_BATCH_NORM_RUNNING_MEAN] = NULL,
                           [RN_BATCH_NORM_RUNNING_VAR] = in[RN_BATCH_NORM_RUNNING_VAR] };
    const rn_tensor_desc *c = &in[RN_BATCH_NORM_WEIGHT]->desc;
    rn_node *grad = rn_dag_node(dag, "batch_norm", node->name, node->attrs, inputs,
                                RN_BATCH_NORM_RUNNING_VAR + 1);
    rn_value *zero =
        grad ? rn_dag_kept(dag, grad, RN_BATCH_NORM_BIAS, "zero", c, RN_ROLE_SCRATCH, RN_INIT_ZERO)
             : NULL;
    if (!zero)
        return dag->status;
    zero->is_frozen = true;
    grad->inputs[RN_BATCH_NORM_RUNNING_MEAN] = zero;
    rn_dag_add_gradient(dag, x, rn_dag_output(dag, grad, RN_BATCH_NORM_Y, &x->desc));
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    if (!((const rn_batch_norm_attrs *)node->attrs)->training)
        return gradient_of_frozen(dag, node);
    rn_value *const *in = node->inputs, *const *out = node->outputs;
    rn_value *z = in[RN_BATCH_NORM_Z];
    rn_value *inputs[] = {
        [RN_BATCH_NORM_GRAD_X] = in[RN_BATCH_NORM_X],
        [RN_BATCH_NORM_GRAD_DY] = out[RN_BATCH_NORM_Y]->gradient,
        [RN_BATCH_NORM_GRAD_WEIGHT] = in[RN_BATCH_NORM_WEIGHT],
        [RN_BATCH_NORM_GRAD_MEAN] = out[RN_BATCH_NORM_MEAN],
        [RN_BATCH_NORM_GRAD_INV_STD] = out[RN_BATCH_NORM_INV_STD],
        [RN_BATCH_NORM_GRAD_MASK] = out[RN_BATCH_NORM_MASK],
    };
    rn_value *targets[] = {
        [RN_BATCH_NORM_GRAD_DX] = in[RN_BATCH_NORM_X],
        [RN_BATCH_NORM_GRAD_DWEIGHT] = in[RN_BATCH_NORM_WEIGHT],
        [RN_BATCH_NORM_GRAD_DBIAS] = in[RN_BATCH_NORM_BIAS],
        [RN_BATCH_NORM_GRAD_DZ] = z && z->needs_gradient ? z : NULL,
    };
    return rn_dag_gradient_op(dag, node, "batch_norm_grad", inputs, targets);
}

/* Subtract, scale, shift; in training also the two sums. */
static void cost(const rn_node *node, rn_cost *c)
{
    const rn_batch_norm_attrs *a = node->attrs;
    c->other_flops = rn_desc_count(&node->inputs[RN_BATCH_NORM_X]->desc) * (a->training ? 7 : 2);
}

static void cost_grad(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_BATCH_NORM_GRAD_X]->desc) * 8;
}

const rn_op_rule rn_op_batch_norm = {
    .fields = fields, .n_given = 1, .infer = infer, .gradient = gradient, .cost = cost
};

const rn_op_rule rn_op_batch_norm_grad = { .cost = cost_grad };
