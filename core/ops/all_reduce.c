/* all_reduce: replaces tensors of each rank by their mean over all ranks.
 * formula  tensor = sum over the n ranks of their tensors / n
 * shapes   tensor1, tensor2, …: any, the same on each rank; changed in place
 * attrs    none
 * gradient none
 * numerics float32 at least; the same bits on each rank, so that parameters stay alike
 * errors   none
 * source   Goyal et al. 2017, arXiv:1706.02677, section 4: one step of n workers is a step of the
 *          whole batch */
#include "graph/op.h"

static void cost(const rn_node *node, rn_cost *c)
{
    for (int32_t i = 0; i < node->n_inputs; i++)
        c->other_flops += rn_desc_count(&node->inputs[i]->desc);
}

const rn_op_rule rn_op_all_reduce = { .cost = cost };
