/* lars: a step of sgd, scaled for each tensor to the size of its values; changes the parameter in
 * place.
 * formula  g = gradient/scale;  r = trust*|p|/(|g| + weight_decay*|p| + epsilon) where weight_decay
 *          is not 0 and neither norm is, else 1;  then sgd with r*(g + weight_decay*p) as g
 * shapes   as sgd
 * attrs    momentum, nesterov, weight_decay, trust, epsilon
 * gradient none
 * numerics as sgd: nothing changes while the loss is not finite or the flag is set; the norms are
 *          summed as by square_sum
 * errors   none
 * source   You et al. 2017, arXiv:1708.03888, as in timm's Lars */
#include "graph/op.h"

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_LARS_PARAM]->desc) * 12;
}

const rn_op_rule rn_op_lars = { .cost = cost };
