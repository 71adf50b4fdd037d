/* append.c: appends operators that make their parameters and outputs themselves: those that blocks
 * call, of the core and of plugins. */
#include "base/status.h"
#include "graph/custom.h"

/* Checks the node's attributes and adds its parameters and outputs. */
static rn_status infer(rn_dag *dag, rn_node *node)
{
    rn_status status = rn_op_check_attrs(node->op, node->attrs);
    if (status)
        return status;
    status = node->op->rule->infer(dag, node);
    if (status)
        return status;
    if (dag->status)
        return dag->status;
    return rn_op_count(node, &dag->n_operations);
}

/* Completes a node that was appended, or was not for lack of memory. */
static rn_status complete(rn_dag *dag, rn_node *node, rn_node **out)
{
    rn_status status = node ? infer(dag, node) : dag->status;
    if (status && !dag->status)
        dag->status = status;
    if (dag->status)
        return dag->status;
    *out = node;
    return RN_OK;
}

rn_status rn_dag_op(rn_dag *dag, const char *op_name, const char *name, const void *attrs,
                    rn_value *const *inputs, int32_t n_inputs, rn_node **out)
{
    return complete(dag, rn_dag_node(dag, op_name, name, attrs, inputs, n_inputs), out);
}

rn_value *rn_dag_own(rn_dag *dag, rn_node *node, int32_t slot, const char *suffix,
                     const rn_value *owner, rn_role role, rn_init init)
{
    rn_value *value = rn_dag_kept(dag, node, slot, suffix, &owner->desc, role, init);
    if (value) {
        value->owner = owner;
        value->owner_slot = slot;
    }
    return value;
}

rn_status rn_dag_custom(rn_dag *dag, rn_custom_node *custom, const char *name,
                        rn_value *const *inputs, int32_t n_inputs, rn_node **out)
{
    rn_node *node = rn_dag_add_node(dag, &custom->op, name, inputs, n_inputs);
    if (node)
        node->custom = custom;
    else
        rn_custom_destroy(custom);
    return complete(dag, node, out);
}
