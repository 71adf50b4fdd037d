/* batch_norm_fold: the weight and bias of a convolution that includes the batch_norm after it;
 * the core inserts it in place of that batch_norm, for inference.
 * formula  scale = gamma/sqrt(running_var + epsilon)
 *          weight'[k] = weight[k] * scale[k]
 *          bias'[k] = beta[k] + (bias[k] - running_mean[k]) * scale[k]
 * shapes   weight, weight' (K,C/G,R,S)   bias, gamma, beta, running_mean, running_var, bias' (K)
 * attrs    epsilon [1e-5], as of the batch_norm
 * gradient none: it is inserted for inference alone
 * numerics in double, rounded once
 * errors   none
 * source   Jacob et al. 2018, arXiv:1712.05877, section 3.2, eq. (14) */
#include "graph/op.h"

static void cost(const rn_node *node, rn_cost *c)
{
    c->other_flops = rn_desc_count(&node->inputs[RN_BATCH_NORM_FOLD_WEIGHT]->desc);
}

const rn_op_rule rn_op_batch_norm_fold = { .cost = cost };
