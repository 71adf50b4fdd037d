/* conv2d: grouped 2-D cross-correlation.
 * formula  y[n,k,p,q] = bias[k] + sum over c,r,s of
 *              x[n, c, p*u - a + r*d, q*u - a + s*d] * w[k,c,r,s], c within k's group
 * shapes   x (N,C,H,W)   w (K,C/G,R,S)   y (N,K,P,Q)
 *          P = (H + a + a' - d*(R-1) - 1)/u + 1, Q likewise
 * attrs    channels K; kernel R,S; stride u; padding a before and a' after; dilation d; groups G
 * gradient dx = conv2d_grad_input(dy, w)   dw, dbias = conv2d_grad_weight(x, dy)
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
    const rn_tensor_desc *x = &node->inputs[0]->desc;
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
    status = rn_dag_weight(dag, node, &w, a->has_bias);
    if (status)
        return status;
    rn_dag_output(dag, node, &y);
    return dag->status ? dag->status
                       : rn_op_check_macs("conv2d", &y, rn_desc_count(&w) / a->channels);
}

static rn_status gradient(rn_dag *dag, rn_node *node)
{
    rn_value *x = node->inputs[0], *weight = node->inputs[1], *dy = node->outputs[0]->gradient;
    rn_value *bias = node->n_inputs > 2 ? node->inputs[2] : NULL;
    rn_status status =
        rn_dag_gradient_op(dag, node, "conv2d_grad_weight", (rn_value *[]){ x, dy, NULL },
                           (rn_value *[]){ weight, bias, NULL });
    if (status || !x->needs_gradient)
        return status;
    return rn_dag_gradient_op(dag, node, "conv2d_grad_input", (rn_value *[]){ dy, weight, NULL },
                              (rn_value *[]){ x, NULL });
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
    count(&node->outputs[0]->desc, a, node->inputs[0]->desc.shape[1], c);
    c->other_flops = a->has_bias ? rn_desc_count(&node->outputs[0]->desc) : 0;
}

static void cost_grad_input(const rn_node *node, rn_cost *c)
{
    count(&node->inputs[0]->desc, node->attrs, node->outputs[0]->desc.shape[1], c);
}

static void cost_grad_weight(const rn_node *node, rn_cost *c)
{
    count(&node->inputs[1]->desc, node->attrs, node->inputs[0]->desc.shape[1], c);
}

const rn_op rn_op_conv2d = {
    .name = "conv2d",
    .attrs_size = sizeof(rn_conv2d_attrs),
    .fields = fields,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .gradient = gradient,
    .cost = cost,
};

const rn_op rn_op_conv2d_grad_input = {
    .name = "conv2d_grad_input",
    .attrs_size = sizeof(rn_conv2d_attrs),
    .cost = cost_grad_input,
};

const rn_op rn_op_conv2d_grad_weight = {
    .name = "conv2d_grad_weight",
    .attrs_size = sizeof(rn_conv2d_attrs),
    .cost = cost_grad_weight,
};
