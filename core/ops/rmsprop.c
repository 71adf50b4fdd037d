/* rmsprop: a step of RMSprop, TensorFlow's: the square begins as 1, epsilon stands in the root, and
 * the velocity holds the learning rate; changes the parameter in place.
 * formula  g = gradient/scale + weight_decay*p;  square += (1 - decay)*(g*g - square);
 *          u = lr*g/sqrt(square + epsilon);  v = momentum*v + u;  p -= v; without momentum p -= u
 * shapes   param, gradient, square, velocity: any, equal   learning_rate, loss (1)
 *          loss_scale (2): scale, flag
 * attrs    decay, momentum, epsilon, weight_decay
 * gradient none
 * numerics as sgd: nothing changes while the loss is not finite or the flag is set
 * errors   none
 * source   Tieleman & Hinton 2012, lecture 6.5, as in timm's RMSpropTF */
#include "graph/op.h"

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_RMSPROP_PARAM]->desc) * 11;
}

const rn_op_rule rn_op_rmsprop = { .cost = cost, .n_elementwise = RN_RMSPROP_VELOCITY + 1 };
