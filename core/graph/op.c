/* op.c: finding operators by name. */
#include "graph/op.h"

#include <string.h>

#include "base/nearest.h"
#include "base/status.h"

#define MOST_MACS 1000000000000000         /* half an hour at 1 TFLOP/s */
#define MOST_OPERATIONS 300000000000000000 /* of a whole network: five minutes at 1 PFLOP/s */

/* clang-format off */
#define RN_OP(OPERATOR, name, bytes) extern const rn_op_rule rn_op_##name;
#include <resnet/operators.h>

#define RN_OP(OPERATOR, name, bytes) static const rn_op_use name##_uses[] = {
#define RN_IN(SLOT, type, presence, use) RN_USE_##use,
#define RN_END(OPERATOR) };
#include <resnet/operators.h>

/* Is any slot of a side a REST? */
enum { REQUIRED = 0, OPTIONAL = 0, REST = 1 };
#define RN_OP(OPERATOR, name, bytes) enum { OPERATOR##_INPUTS_REPEAT = 0
#define RN_IN(SLOT, type, presence, use) + presence
#define RN_END(OPERATOR) };
#include <resnet/operators.h>
#define RN_OP(OPERATOR, name, bytes) enum { OPERATOR##_OUTPUTS_REPEAT = 0
#define RN_OUT(SLOT, type, presence) + presence
#define RN_END(OPERATOR) };
#include <resnet/operators.h>

static const rn_op operators[] = {
#define RN_OP(OPERATOR, op_name, bytes)                                                            \
    { .name = #op_name, .attrs_size = bytes,                                                       \
      .n_inputs = RN_##OPERATOR##_N_INPUTS, .n_outputs = RN_##OPERATOR##_N_OUTPUTS,                \
      .inputs_repeat = OPERATOR##_INPUTS_REPEAT, .outputs_repeat = OPERATOR##_OUTPUTS_REPEAT,      \
      .uses = op_name##_uses, .rule = &rn_op_##op_name },
#include <resnet/operators.h>
};
/* clang-format on */

const rn_op *rn_op_find(const char *name)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strcmp(operators[i].name, name) == 0)
            return &operators[i];
    return NULL;
}

const char *rn_op_nearest(const char *name)
{
    enum { N_OPERATORS = sizeof operators / sizeof *operators };
    const char *names[N_OPERATORS + 1] = { NULL };
    for (int i = 0, n = 0; i < N_OPERATORS; i++)
        if (operators[i].rule->infer)
            names[n++] = operators[i].name;
    return rn_nearest(name, names);
}

/* Inputs beyond the last slot belong to it: it is a REST. */
static rn_op_use use_of(const rn_op *op, int32_t input)
{
    return op->uses[input < op->n_inputs ? input : op->n_inputs - 1];
}

bool rn_op_shares(const rn_op *op, int32_t input)
{
    return use_of(op, input) == RN_USE_SHARED;
}

bool rn_op_updates(const rn_op *op, int32_t input)
{
    return use_of(op, input) == RN_USE_UPDATED;
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
    if (node->op->rule->cost)
        node->op->rule->cost(node, &cost);
    int64_t left = MOST_OPERATIONS - *n_operations;
    if (cost.macs > left || cost.other_flops > left - cost.macs)
        return rn_fail(RN_E_SHAPE,
                       "%s: a step has more than %lld operations up to here; use "
                       "smaller images, fewer layers or channels, or a smaller batch",
                       node->op->name, (long long)MOST_OPERATIONS);
    *n_operations += cost.macs + cost.other_flops;
    return RN_OK;
}
