/* op.h: what an operator means: shapes, parameters, gradient, cost. One file an operator in
 * core/ops. */
#ifndef RN_CORE_GRAPH_OP_H
#define RN_CORE_GRAPH_OP_H

#include <stddef.h>

#include "graph/graph.h"

/* Work of one run, by direct computation. */
typedef struct rn_cost {
    int64_t macs;        /* multiply-accumulates of convolutions and linear layers */
    int64_t other_flops; /* everything else, one a result element and operation */
} rn_cost;

/* A field of an operator's attributes, and what a block may put there. */
typedef enum rn_field_type { RN_FIELD_I32 = 1, RN_FIELD_I64, RN_FIELD_F64 } rn_field_type;

typedef struct rn_op_field {
    const char *name; /* NULL ends a list */
    size_t offset, size;
    rn_field_type type; /* of each of its elements: one, or height and width */
    double min, max;    /* inclusive; both 0: only the core sets it */
    bool has_default;   /* then 0 stands for it and is allowed as well */
} rn_op_field;

#define RN_FIELD(type, structure, field, min, max, has_default)                                    \
    {                                                                                              \
#field, offsetof(structure, field), sizeof(((structure *)0)->field), RN_FIELD_##type, min, \
            max, has_default                                                                       \
    }
#define RN_FIELD_OF_CORE(type, structure, field) RN_FIELD(type, structure, field, 0, 0, false)

#define RN_MOST_CHANNELS 16777216
#define RN_LONGEST_WINDOW 65536 /* pixels; keeps sums and products of windows far from overflow */

/* What an operator means; rn_op_<name> in core/ops. */
typedef struct rn_op_rule {
    const rn_op_field *fields; /* all of the attributes but their size, where there is `infer` */

    /* How many inputs a builder gives, the first ones; of a REST, at least so many. `infer` makes
     * the others. */
    int32_t n_given;

    /* Completes the attributes, creates parameters and outputs. NULL: only gradient rules and
     * passes append this operator, and they make its outputs. */
    rn_status (*infer)(rn_dag *dag, rn_node *node);

    /* Appends the operators that carry the outputs' gradients to the inputs. NULL: has none. */
    rn_status (*gradient)(rn_dag *dag, rn_node *node);

    /* NULL: no work (a view). */
    void (*cost)(const rn_node *node, rn_cost *cost);

    /* Of an operator that only updates tensors, each element by itself: how many of its inputs, the
     * first ones, are such tensors, of one shape. Such operators are one if their tensors are laid
     * end to end. 0: it is another kind. */
    int32_t n_elementwise;
} rn_op_rule;

/* What an operator does with an input; the column `use` of include/resnet/operators.h. */
typedef enum rn_op_use { RN_USE_READ, RN_USE_SHARED, RN_USE_UPDATED } rn_op_use;

/* An operator: its row in include/resnet/operators.h, and its rule. */
struct rn_op {
    const char *name;
    uint32_t attrs_size;                /* 0: none */
    int32_t n_inputs, n_outputs;        /* slots; a node has as many, but where there is a REST */
    bool inputs_repeat, outputs_repeat; /* the last slot is a REST */
    const rn_op_use *uses;              /* of the inputs */
    const rn_op_rule *rule;
};

/* The rule of all operators that plugins bring; graph/custom.h. */
extern const rn_op_rule rn_op_custom;

/* By name; NULL where there is none. */
const rn_op *rn_op_find(const char *name);

/* The operator that a block may call whose name is closest; NULL if none is close. */
const char *rn_op_nearest(const char *name);

/* May output 0 lie on this input, where that is not needed any more? */
bool rn_op_shares(const rn_op *op, int32_t input);

/* Is this input changed in place? */
bool rn_op_updates(const rn_op *op, int32_t input);

/* RN_E_CONFIG, naming the field, where one is not as `fields` allows. For attributes as they are
 * given, before `infer` completes them. */
rn_status rn_op_check_attrs(const rn_op *op, const void *attrs);

/* RN_E_SHAPE where an operator of so many results, each a sum of so many products, would never end,
 * or where backends, which count those products in 31 bits, could not compute it. */
rn_status rn_op_check_macs(const char *op, const rn_tensor_desc *y, int64_t n_terms);

/* Adds what a node costs to the operations of the graph so far. RN_E_SHAPE where a step would never
 * end; so that sums of costs, those of gradients too, fit in 63 bits. */
rn_status rn_op_count(const rn_node *node, int64_t *n_operations);

#endif
