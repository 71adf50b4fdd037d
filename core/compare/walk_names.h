/* walk_names.h: what the values of a plan are called in a trace. */
#ifndef RN_CORE_COMPARE_WALK_NAMES_H
#define RN_CORE_COMPARE_WALK_NAMES_H

#include "compare/traced.h"
#include "graph/graph.h"

/* A name of a value. A gradient that several tensors share, as the summands of an addition do, has
 * one for each. */
typedef struct rn_walk_name {
    rn_traced_kind kind;
    char *text;
    const rn_tensor_desc *desc; /* of the tensor that is named so */
    int32_t next;               /* another name of the same value; -1: none */
} rn_walk_name;

/* Where a value is computed or changed. */
typedef struct rn_walk_place {
    const rn_node *node;
    int32_t output; /* -1: an input, which the node changes in place */
} rn_walk_place;

/* Zero-initialise. */
typedef struct rn_walk_names {
    rn_walk_name *names;
    int32_t n_names, capacity;
    int32_t *of_result;         /* by value: its first name as a node's result; -1: it has none */
    int32_t *of_update;         /* likewise, after the last node that changes it in place */
    rn_walk_place *computed_by; /* by value; node NULL: not by a node */
    rn_walk_place *changed_by;  /* by value: the last node that changes it in place */
} rn_walk_names;

/* The caller clears `names`, also on failure. */
rn_status rn_walk_names_make(const rn_dag *dag, rn_walk_names *names);
void rn_walk_names_clear(rn_walk_names *names);

/* The name of a slot of an operator, inputs, then outputs, in small letters: "inv_std". Returns its
 * length. */
int rn_walk_slot_name(const rn_op *op, int32_t slot, char *text, size_t size);

/* The value as an operator computed it, before it was reordered or seen in another shape. */
const rn_value *rn_walk_computed(const rn_value *value);

#endif
