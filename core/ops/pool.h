/* pool.h: what max_pool and avg_pool share. */
#ifndef RN_CORE_OPS_POOL_H
#define RN_CORE_OPS_POOL_H

#include "graph/op.h"

extern const rn_op_field rn_pool_fields[];

/* Completes the attributes of a pool and describes its output. */
rn_status rn_pool_resolve(rn_node *node, const char *op, rn_tensor_desc *y);

/* One operation for each pixel of each window. */
void rn_pool_cost(const rn_node *node, rn_cost *cost);
void rn_pool_cost_grad(const rn_node *node, rn_cost *cost);

#endif
