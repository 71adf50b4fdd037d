/* lookup: images of their bytes. Each byte is replaced by its number in the table of its channel,
 * so that a backend normalises them with the very numbers of core/data.
 * formula  y[n,c,h,w] = table[c, x[n,h,w,c]]
 * shapes   x (N,H,W,C), bytes   table (C,256)   y (N,C,H,W)
 * attrs    none
 * gradient none: nothing before it is trained
 * numerics exact, but for the rounding if y's layout stores fp16 or bf16
 * errors   RN_E_SHAPE: other shapes than these
 * source   none */
#include "base/status.h"
#include "graph/op.h"

static rn_status infer(rn_dag *dag, rn_node *node)
{
    const rn_tensor_desc *x = &node->inputs[RN_LOOKUP_X]->desc;
    const rn_tensor_desc *table = &node->inputs[RN_LOOKUP_TABLE]->desc;
    if (x->dtype != RN_U8 || x->rank != 4 || table->rank != 2 || table->shape[0] != x->shape[3] ||
        table->shape[1] != 256)
        return rn_fail(
            RN_E_SHAPE,
            "lookup: found %s and %s, expected bytes (N, H, W, C) and their table (C, 256)",
            RN_DESC_STRING(x), RN_DESC_STRING(table));
    const int64_t shape[4] = { x->shape[0], x->shape[3], x->shape[1], x->shape[2] };
    rn_tensor_desc y = rn_desc_make(RN_F32, 4, shape);
    rn_dag_output(dag, node, RN_LOOKUP_Y, &y);
    return dag->status;
}

static void cost(const rn_node *node, rn_cost *c)
{
    (void)node;
    c->other_flops = 0;
}

const rn_op_rule rn_op_lookup = { .n_given = 2, .infer = infer, .cost = cost };
