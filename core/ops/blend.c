/* blend: moves a tensor towards another, or adds that to it, in place: the average of the weights
 * over steps, the sum of the gradients of several batches.
 * formula  target = factors[0]*target + factors[1]*source
 * shapes   target, source: any, equal   factors (2)
 * attrs    none
 * gradient none
 * numerics where a factor is 0, its tensor adds nothing, whatever it holds
 * errors   none
 * source   an average with factors d and 1 - d: Polyak & Juditsky 1992, as in timm's ModelEma */
#include "graph/op.h"

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_BLEND_TARGET]->desc) * 3;
}

const rn_op_rule rn_op_blend = { .cost = cost, .n_elementwise = RN_BLEND_SOURCE + 1 };
