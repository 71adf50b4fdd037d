/* adamw: a step of Adam with decoupled weight decay; changes the parameter in place.
 * formula  g = gradient/scale;  mean = beta1*mean + (1 - beta1)*g;
 *          square = beta2*square + (1 - beta2)*g*g;
 *          u = mean/correction[0] / (sqrt(square/correction[1]) + epsilon)
 *          p -= lr*(u + weight_decay*p); scale is 1 without loss_scale
 * shapes   param, gradient, mean, square: any, equal   learning_rate, loss (1)
 *          correction (2): 1 - beta1^t, 1 - beta2^t   loss_scale (2): scale, flag
 * attrs    beta1, beta2, epsilon, weight_decay
 * gradient none
 * numerics as sgd: nothing changes while the loss is not finite or the flag is set
 * errors   none
 * source   Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2, as in PyTorch's AdamW */
#include "graph/op.h"

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_ADAMW_PARAM]->desc) * 14;
}

const rn_op_rule rn_op_adamw = { .cost = cost, .n_elementwise = RN_ADAMW_SQUARE + 1 };
