/* value.c: what passes ask about a value. */
#include "graph/graph.h"

rn_value *rn_value_storage(rn_value *value)
{
    while (value->base)
        value = value->base;
    return value;
}

rn_value *rn_value_if_trained(rn_value *value)
{
    return value && value->needs_gradient ? value : NULL;
}

bool rn_value_is_kept(const rn_value *value)
{
    return value->role >= RN_ROLE_PARAM;
}

rn_node *rn_value_sole_producer(const rn_value *value, const char *op)
{
    rn_node *node = value->producer;
    bool is_sole = node && rn_node_is(node, op) && !value->pinned && value->n_readers == 1;
    return is_sole ? node : NULL;
}
