/* lamb: a step of Adam, scaled for each tensor to the size of its values; changes the parameter in
 * place.
 * formula  mean, square and u as in adamw, then u += weight_decay*p;
 *          r = |p|/|u| where weight_decay is not 0 and neither norm is, else 1;  p -= lr*r*u
 * shapes   as adamw
 * attrs    beta1, beta2, epsilon, weight_decay
 * gradient none
 * numerics as sgd: nothing changes while the loss is not finite or the flag is set; the norms are
 *          summed as by square_sum
 * errors   none
 * source   You et al. 2020, arXiv:1904.00962, algorithm 2, as timm's Lamb without its clipping */
#include "graph/op.h"

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_LAMB_PARAM]->desc) * 18;
}

const rn_op_rule rn_op_lamb = { .cost = cost };
