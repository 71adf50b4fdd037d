/* conv2d: grouped 2-D cross-correlation.
 * formula  y[n,k,p,q] = bias[k] + sum over c,r,s of
 *              x[n, c, p*u - a + r*d, q*u - a + s*d] * w[k,c,r,s], c within k's group
 * shapes   x (N,C,H,W)   w (K,C/G,R,S)   y (N,K,P,Q)
 *          P = (H + a + a' - d*(R-1) - 1)/u + 1, Q likewise
 * attrs    channels K; kernel R,S; stride u; padding a before and a' after; dilation d; groups G
 * gradient dx = conv2d_grad_input(dy, w)   dw, dbias = conv2d_grad_weight(x, dy)
 *          Where x has another gradient z, a backend may offer dx + z as conv2d_grad_input_sum.
 * numerics fp32 sums; within 1e-5 of the double oracle
 * errors   RN_E_SHAPE: C or K not a multiple of G; window larger than the padded input
 * source   groups: Xie et al. 2017, arXiv:1611.05431, fig. 3(c); "same": TensorFlow's tf.nn */
#include "base/status.h"
#include "graph/op.h"
#include "ops/window.h"

#define FIELD(type, ...) RN_FIELD(type, rn_conv2d_attrs, __VA_ARGS__)
static const rn_op_field fields[] = {
    FIELD(I32, has_bias, 0, 1, false),
    FIELD(I64, channels, 1, RN_MOST_CHANNELS, false),
    FIELD(I64, kernel, 1, RN_LONGEST_WINDOW, false),
    FIELD(I64, stride, 1, RN_LONGEST_WINDOW, true),
    FIELD(I64, padding, 0, RN_LONGEST_WINDOW, false),
    FIELD(I64, padding_end, 0, RN_LONGEST_WINDOW, false),
    FIELD(I64, dilation, 1, RN_LONGEST_WINDOW, true),
    FIELD(I64, groups, 1, RN_MOST_CHANNELS, true),
    FIELD(I32, padding_mode, RN_PADDING_SYMMETRIC, RN_PADDING_EXPLICIT, false),
    RN_FIELD_OF_CORE(I32, rn_conv2d_attrs, epilogue),
    { 0 },
};

static rn_status complete(rn_conv2d_attrs *a, const rn_tensor_desc *x)
{
    for (int i = 0; i < 2; i++) {
        a->stride[i] = a->stride[i] ? a->stride[i] : 1;
        a->dilation[i] = a->dilation[i] ? a->dilation[i] : 1;
    }
    a->groups = a->groups ? a->groups : 1;
    if (x->rank != 4)
        return rn_fail(RN_E_SHAPE, "conv2d takes images (N, C, H, W), not %s", RN_DESC_STRING(x));
    if (x->shape[1] % a->groups || a->channels % a->groups)
        return rn_fail(RN_E_SHAPE,
                       "conv2d: %lld input and %lld output channels cannot be divided "
                       "into %lld groups",
                       (long long)x->shape[1], (long long)a->channels, (long long)a->groups);
    return RN_OK;
}

static rn_status infer(rn_dag *dag, rn_node *node)
{
    rn_conv2d_attrs *a = node->attrs;
    const rn_tensor_desc *x = &node->inputs[RN_CONV2D_X]->desc;
    rn_status status = complete(a, x);
    if (status)
        return status;
    rn_window window = { .kernel = a->kernel,
                         .stride = a->stride,
                         .dilation = a->dilation,
                         .padding = a->padding,
                         .padding_end = a->padding_end,
                         .mode = &a->padding_mode };
    int64_t out[2];
    status = rn_window_resolve(&window, "conv2d", x, out);
    if (status)
        return status;

    int64_t per_group = x->shape[1] / a->groups;
    const int64_t w_shape[4] = { a->channels, per_group, a->kernel[0], a->kernel[1] };
    const int64_t y_shape[4] = { x->shape[0], a->channels, out[0], out[1] };
    rn_tensor_desc w = rn_desc_make(RN_F32, 4, w_shape);
    rn_tensor_desc y = rn_desc_make(RN_F32, 4, y_shape);
    status = rn_dag_weight(dag, node, RN_CONV2D_WEIGHT, &w);
    if (!status && a->has_bias)
        status = rn_dag_bias(dag, node, RN_CONV2D_BIAS, node->inputs[RN_CONV2D_WEIGHT]);
    if (status)
        return status;
    rn_dag_output(dag, node, RN_CONV2D_Y, &y);
    return dag->status ? dag->status
                       : rn_op_check_macs("conv2d", &y, rn_desc_count(&w) / a->channels);
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *x = node->inputs[RN_CONV2D_X], *weight = node->inputs[RN_CONV2D_WEIGHT];
    rn_value *dy = node->outputs[RN_CONV2D_Y]->gradient;
    rn_value *bias = rn_value_if_trained(node->inputs[RN_CONV2D_BIAS]);
    rn_value *x_dy[] = { [RN_CONV2D_GRAD_WEIGHT_X] = x, [RN_CONV2D_GRAD_WEIGHT_DY] = dy };
    rn_value *parameters[] = {
        [RN_CONV2D_GRAD_WEIGHT_DWEIGHT] = weight, [RN_CONV2D_GRAD_WEIGHT_DBIAS] = bias
    };
    rn_status status = RN_OK;
    if (weight->needs_gradient || bias)
        status = rn_dag_gradient_op(dag, node, "conv2d_grad_weight", x_dy, parameters);
    if (status || !x->needs_gradient)
        return status;
    rn_value *dy_weight[] = {
        [RN_CONV2D_GRAD_INPUT_DY] = dy, [RN_CONV2D_GRAD_INPUT_WEIGHT] = weight
    };
    rn_value *input[] = { [RN_CONV2D_GRAD_INPUT_DX] = x };
    return rn_dag_gradient_op(dag, node, "conv2d_grad_input", dy_weight, input);
}

/* All three passes do the same number of products: for each output pixel, one window. */
static void count(const rn_tensor_desc *y, const rn_conv2d_attrs *a, int64_t in_channels,
                  rn_cost *cost)
{
    cost->macs = rn_desc_count(y) * (in_channels / a->groups) * a->kernel[0] * a->kernel[1];
}

static void cost(const rn_node *node, rn_cost *c)
{
    const rn_conv2d_attrs *a = node->attrs;
    const rn_tensor_desc *y = &node->outputs[RN_CONV2D_Y]->desc;
    count(y, a, node->inputs[RN_CONV2D_X]->desc.shape[1], c);
    c->other_flops = a->has_bias ? rn_desc_count(y) : 0;
}

static void cost_grad_input(const rn_node *node, rn_cost *c)
{
    count(&node->inputs[RN_CONV2D_GRAD_INPUT_DY]->desc, node->attrs,
          node->outputs[RN_CONV2D_GRAD_INPUT_DX]->desc.shape[1], c);
}

static void cost_grad_input_sum(const rn_node *node, rn_cost *c)
{
    const rn_tensor_desc *dx = &node->outputs[RN_CONV2D_GRAD_INPUT_SUM_DX]->desc;
    count(&node->inputs[RN_CONV2D_GRAD_INPUT_SUM_DY]->desc, node->attrs, dx->shape[1], c);
    c->other_flops = rn_desc_count(dx);
}

static void cost_grad_weight(const rn_node *node, rn_cost *c)
{
    count(&node->inputs[RN_CONV2D_GRAD_WEIGHT_DY]->desc, node->attrs,
          node->inputs[RN_CONV2D_GRAD_WEIGHT_X]->desc.shape[1], c);
}

const rn_op_rule rn_op_conv2d = {
    .fields = fields, .n_given = 1, .infer = infer, .gradient = gradient, .cost = cost
};

const rn_op_rule rn_op_conv2d_grad_input = { .cost = cost_grad_input };

const rn_op_rule rn_op_conv2d_grad_input_sum = { .cost = cost_grad_input_sum };

const rn_op_rule rn_op_conv2d_grad_weight = { .cost = cost_grad_weight };
