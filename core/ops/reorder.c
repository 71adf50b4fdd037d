/* reorder: the same tensor in another memory layout; inserted by the planner between operators that
 * want different ones.
 * formula  y = x
 * shapes   x, y: equal
 * attrs    none
 * gradient none: it is inserted after differentiation
 * numerics exact, but for the rounding if y's layout stores fp16 or bf16
 * errors   none
 * source   none */
#include "graph/op.h"

static void cost(const rn_node *node, rn_cost *c)
{
    (void)node;
    c->other_flops = 0;
}

const rn_op_rule rn_op_reorder = { .cost = cost };
