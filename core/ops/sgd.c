/* sgd: stochastic gradient descent with momentum; changes the parameter in place.
 * formula  g = gradient/scale + weight_decay*p;   v = momentum*v + g;   p -= lr*v, or with nesterov
 *          p -= lr*(g + momentum*v); without momentum p -= lr*g; scale is 1 without loss_scale
 * shapes   param, gradient, velocity: any, equal   learning_rate, loss (1)
 *          loss_scale (2): scale, flag
 * attrs    momentum [0], nesterov [0], weight_decay [0]
 * gradient none
 * numerics nothing changes while the loss is not finite, so that the step can be examined, or while
 *          the flag is set, so that the step is skipped
 * errors   none
 * source   Sutskever et al. 2013, in PyTorch's form (the rate scales v at each step) */
#include "graph/op.h"

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_SGD_PARAM]->desc) * 6;
}

const rn_op_rule rn_op_sgd = { .cost = cost, .n_elementwise = RN_SGD_VELOCITY + 1 };
