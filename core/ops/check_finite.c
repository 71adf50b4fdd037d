/* check_finite: sets a flag if a scaled gradient has become too large for its type.
 * formula  flag = 1 where any element of any gradient is infinite or not a number, else as it was
 * shapes   loss_scale (2): scale, flag, changed in place   gradient1, gradient2, …: any
 * attrs    none
 * gradient none
 * numerics exact; the scale is not read
 * errors   none
 * source   Micikevicius et al. 2018, arXiv:1710.03740, section 3.2 */
#include "graph/op.h"

static void cost(const rn_node *node, rn_cost *c)
{
    for (int32_t i = RN_CHECK_FINITE_GRADIENT; i < node->n_inputs; i++)
        c->other_flops += rn_desc_count(&node->inputs[i]->desc);
}

const rn_op_rule rn_op_check_finite = { .cost = cost };
