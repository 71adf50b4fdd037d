/* same.c: two graphs, operator by operator, in the order in which they were built. */
#include "weights/out/same.h"

#include <string.h>

#include "graph/op.h"

/* Attributes that only training uses. */
static bool is_for_training(const rn_op_field *field)
{
    return strcmp(field->name, "momentum") == 0 || strcmp(field->name, "zero_init") == 0;
}

static bool have_same_attrs(const rn_node *a, const rn_node *b)
{
    const rn_op_field *field = a->op->rule->fields;
    for (; field && field->name; field++)
        if (!is_for_training(field) &&
            memcmp((const char *)a->attrs + field->offset, (const char *)b->attrs + field->offset,
                   field->size) != 0)
            return false;
    return true;
}

static bool are_same(const rn_value *a, const rn_value *b)
{
    if (!a || !b)
        return a == b;
    return strcmp(a->name, b->name) == 0 && a->role == b->role &&
           rn_desc_same_shape(&a->desc, &b->desc);
}

static bool have_same_inputs(const rn_node *a, const rn_node *b)
{
    if (a->n_inputs != b->n_inputs)
        return false;
    for (int32_t i = 0; i < a->n_inputs; i++)
        if (!are_same(a->inputs[i], b->inputs[i]))
            return false;
    return true;
}

const rn_node *rn_same_first_difference(const rn_dag *dag, const rn_dag *other)
{
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        const rn_node *a = dag->nodes[i], *b = other->nodes[i < other->n_nodes ? i : 0];
        if (i >= other->n_nodes || a->op != b->op || strcmp(a->name, b->name) != 0 ||
            !have_same_attrs(a, b) || !have_same_inputs(a, b))
            return a;
    }
    return dag->n_nodes == other->n_nodes ? NULL : dag->nodes[dag->n_nodes - 1];
}
