/* clip_norm: limits the norm of all gradients together, by the factor that divides them.
 * formula  norm = sqrt(square_sum)/loss_scale[0]; where limit is not 0, loss_scale[0] *= max(1,
 *          (norm + 1e-6)/limit)
 * shapes   loss_scale (2): scale, flag   square_sum, norm (1)
 * attrs    limit
 * gradient none
 * numerics where the norm is not finite, loss_scale[1] = 1 and the scale stays
 * errors   none
 * source   Pascanu et al. 2013, arXiv:1211.5063, section 3.2, as in PyTorch's clip_grad_norm_ */
#include "graph/op.h"

static void cost(const rn_node *node, rn_cost *c)
{
    (void)node;
    c->other_flops = 4;
}

const rn_op_rule rn_op_clip_norm = { .cost = cost };
