/* square_sum: adds the squares of tensors to a total.
 * formula  total += the sum of x*x over all elements of all x
 * shapes   total (1)   x: any
 * attrs    none
 * gradient none
 * numerics sums of float32 squares that do not lose small ones: in double, or pairwise
 * errors   none */
#include "graph/op.h"

static void cost(const rn_node *node, rn_cost *c)
{
    for (int32_t i = RN_SQUARE_SUM_X; i < node->n_inputs; i++)
        c->other_flops += rn_desc_count(&node->inputs[i]->desc) * 2;
}

const rn_op_rule rn_op_square_sum = { .cost = cost };
