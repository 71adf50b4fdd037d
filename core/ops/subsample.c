/* subsample: every stride-th pixel, with zero channels around: the shortcut without parameters.
 * formula  y[n, c + before, p, q] = x[n, c, p*u, q*u]; 0 in the other channels
 * shapes   x (N,C,H,W)   y (N, before + C + after, ceil(H/u), ceil(W/u))
 * attrs    stride u [1]; channels_before, channels_after [0]
 * gradient dx = subsample_grad(dy): dy where it came from, 0 elsewhere. A block may call it, too,
 *          for a slice of the channels (stride 1) or for zeros between pixels; there dx is
 *          (N, D - before - after, (P-1)*u + 1, (Q-1)*u + 1) of dy (N,D,P,Q)
 * numerics exact
 * errors   RN_E_SHAPE: rank other than 4; a slice without channels
 * source   He et al. 2016, arXiv:1512.03385, section 3.3, option (A) */
#include "base/status.h"
#include "graph/op.h"

#define FIELD(type, ...) RN_FIELD(type, rn_subsample_attrs, __VA_ARGS__)
static const rn_op_field fields[] = {
    RN_FIELD_OF_CORE(I32, rn_subsample_attrs, reserved),
    FIELD(I64, stride, 1, RN_LONGEST_WINDOW, true),
    FIELD(I64, channels_before, 0, RN_MOST_CHANNELS, false),
    FIELD(I64, channels_after, 0, RN_MOST_CHANNELS, false),
    { 0 },
};

static rn_status resolve(rn_node *node)
{
    rn_subsample_attrs *a = node->attrs;
    const rn_tensor_desc *x = &node->inputs[0]->desc;
    for (int i = 0; i < 2; i++)
        a->stride[i] = a->stride[i] ? a->stride[i] : 1;
    if (x->rank == 4)
        return RN_OK;
    return rn_fail(RN_E_SHAPE, "%s takes images (N, C, H, W), not %s", node->op->name,
                   RN_DESC_STRING(x));
}

static rn_status infer(rn_dag *dag, rn_node *node)
{
    rn_status status = resolve(node);
    if (status)
        return status;
    const rn_subsample_attrs *a = node->attrs;
    const rn_tensor_desc *x = &node->inputs[RN_SUBSAMPLE_X]->desc;
    const int64_t shape[4] = { x->shape[0], a->channels_before + x->shape[1] + a->channels_after,
                               (x->shape[2] - 1) / a->stride[0] + 1,
                               (x->shape[3] - 1) / a->stride[1] + 1 };
    rn_tensor_desc y = rn_desc_make(RN_F32, 4, shape);
    rn_dag_output(dag, node, RN_SUBSAMPLE_Y, &y);
    return dag->status;
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *inputs[] = { [RN_SUBSAMPLE_GRAD_DY] = node->outputs[RN_SUBSAMPLE_Y]->gradient };
    rn_value *targets[] = { [RN_SUBSAMPLE_GRAD_DX] = node->inputs[RN_SUBSAMPLE_X] };
    return rn_dag_gradient_op(dag, node, "subsample_grad", inputs, targets);
}

static rn_status infer_grad(rn_dag *dag, rn_node *node)
{
    rn_status status = resolve(node);
    if (status)
        return status;
    const rn_subsample_attrs *a = node->attrs;
    const rn_tensor_desc *dy = &node->inputs[RN_SUBSAMPLE_GRAD_DY]->desc;
    int64_t channels = dy->shape[1] - a->channels_before - a->channels_after;
    if (channels < 1)
        return rn_fail(RN_E_SHAPE,
                       "subsample_grad: no channel of %s is left without the %lld before and the "
                       "%lld after",
                       RN_DESC_STRING(dy), (long long)a->channels_before,
                       (long long)a->channels_after);
    const int64_t shape[4] = { dy->shape[0], channels, (dy->shape[2] - 1) * a->stride[0] + 1,
                               (dy->shape[3] - 1) * a->stride[1] + 1 };
    rn_tensor_desc dx = rn_desc_make(RN_F32, 4, shape);
    rn_dag_output(dag, node, RN_SUBSAMPLE_GRAD_DX, &dx);
    return dag->status;
}

static rn_status gradient_of_grad(rn_dag *dag, rn_node *node)
{
    rn_value *inputs[] = { [RN_SUBSAMPLE_X] = node->outputs[RN_SUBSAMPLE_GRAD_DX]->gradient };
    rn_value *targets[] = { [RN_SUBSAMPLE_Y] = node->inputs[RN_SUBSAMPLE_GRAD_DY] };
    return rn_dag_gradient_op(dag, node, "subsample", inputs, targets);
}

static void cost(const rn_node *node, rn_cost *c)
{
    (void)node;
    c->other_flops = 0;
}

const rn_op_rule rn_op_subsample = {
    .fields = fields, .n_given = 1, .infer = infer, .gradient = gradient, .cost = cost
};

const rn_op_rule rn_op_subsample_grad = {
    .fields = fields, .n_given = 1, .infer = infer_grad, .gradient = gradient_of_grad, .cost = cost
};
