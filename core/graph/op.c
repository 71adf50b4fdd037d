/* op.c: finding operators by name. */
#include "graph/op.h"

#include <string.h>

#include "base/status.h"

#define MOST_MACS 1000000000000000         /* half an hour at 1 TFLOP/s */
#define MOST_OPERATIONS 300000000000000000 /* of a whole network: five minutes at 1 PFLOP/s */

#define OP(name) extern const rn_op rn_op_##name;
#include "graph/op_list.h"
#undef OP

static const rn_op *const operators[] = {
#define OP(name) &rn_op_##name,
#include "graph/op_list.h"
#undef OP
};

const rn_op *rn_op_find(const char *name)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strcmp(operators[i]->name, name) == 0)
            return operators[i];
    return NULL;
}

rn_status rn_op_check_macs(const char *op, const rn_tensor_desc *y, int64_t n_terms)
{
    if (n_terms > INT32_MAX)
        return rn_fail(RN_E_SHAPE,
                       "%s: each element of %s is a sum of %lld products, and backends "
                       "count to %d; use fewer channels or a smaller kernel",
                       op, RN_DESC_STRING(y), (long long)n_terms, INT32_MAX);
    if (n_terms <= MOST_MACS / rn_desc_count(y))
        return RN_OK;
    return rn_fail(RN_E_SHAPE,
                   "%s: %lld products for each element of %s are too many; use smaller "
                   "images, fewer channels or a smaller batch",
                   op, (long long)n_terms, RN_DESC_STRING(y));
}

rn_status rn_op_count(const rn_node *node, int64_t *n_operations)
{
    rn_cost cost = { 0 };
    if (node->op->cost)
        node->op->cost(node, &cost);
    int64_t left = MOST_OPERATIONS - *n_operations;
    if (cost.macs > left || cost.other_flops > left - cost.macs)
        return rn_fail(RN_E_SHAPE,
                       "%s: a step has more than %lld operations up to here; use "
                       "smaller images, fewer layers or channels, or a smaller batch",
                       node->op->name, (long long)MOST_OPERATIONS);
    *n_operations += cost.macs + cost.other_flops;
    return RN_OK;
}
