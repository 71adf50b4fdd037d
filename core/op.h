/* op.h: what an operator means: shapes, parameters, gradient, cost. One file an operator in
 * core/ops. */
#ifndef RN_CORE_OP_H
#define RN_CORE_OP_H

#include "graph.h"

/* Work of one run, by direct computation. */
typedef struct rn_cost {
    int64_t macs;        /* multiply-accumulates of convolutions and linear layers */
    int64_t other_flops; /* everything else, one a result element and operation */
} rn_cost;

struct rn_op {
    const char *name;
    uint32_t attrs_size; /* of the structure in op.h of the ABI; 0: none */
    int32_t min_inputs, max_inputs; /* of the inputs that a builder gives */

    /* Completes the attributes, creates parameters and outputs. NULL: only gradient rules append
     * this operator, and they make its outputs. */
    rn_status (*infer)(rn_dag *dag, rn_node *node);

    /* Appends the operators that carry the outputs' gradients to the inputs. NULL: has none. */
    rn_status (*gradient)(rn_dag *dag, rn_node *node);

    /* NULL: no work (a view). */
    void (*cost)(const rn_node *node, rn_cost *cost);

    /* Bit i: output 0 may lie on input i where that is not needed any more. */
    uint32_t inplace_inputs;
    uint32_t updated_inputs; /* bit i: input i is changed in place */
};

/* By name; NULL where there is none. */
const rn_op *rn_op_find(const char *name);

/* RN_E_SHAPE where an operator of so many results, each a sum of so many products, would never end;
 * so that sums of costs fit in 63 bits. */
rn_status rn_op_check_macs(const char *op, const rn_tensor_desc *y, int64_t n_terms);

#endif
