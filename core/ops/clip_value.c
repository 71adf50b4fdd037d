/* clip_value: limits each element of a gradient, in place.
 * formula  gradient = min(max(gradient, -limit*scale), limit*scale); scale is 1 without loss_scale
 * shapes   gradient: any   loss_scale (2): scale, flag
 * attrs    limit
 * gradient none
 * numerics NaN stays NaN
 * errors   none
 * source   PyTorch's clip_grad_value_ */
#include "graph/op.h"

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_CLIP_VALUE_GRADIENT]->desc) * 2;
}

const rn_op_rule rn_op_clip_value = { .cost = cost };
