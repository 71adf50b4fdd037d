/* bisect_case.h: one operator alone: its attributes, and its operands in host memory. */
#ifndef RN_CORE_COMPARE_BISECT_CASE_H
#define RN_CORE_COMPARE_BISECT_CASE_H

#include "graph/graph.h"

typedef struct rn_case_tensor {
    rn_tensor_desc desc; /* plain; masks are RN_U8; rank 0: the operand is absent */
    void *data;          /* of an input, owned; NULL of an output */
} rn_case_tensor;

/* Zero-initialise it. */
typedef struct rn_case {
    const rn_op *op;
    char *layer;            /* "layer1.0.conv1" */
    void *attrs;            /* NULL: it has none */
    rn_custom_node *custom; /* of an operator that a plugin brings; borrowed from its node */
    int32_t n_inputs, n_outputs;
    rn_case_tensor tensors[RN_MAX_OPERANDS]; /* inputs, then outputs */
} rn_case;

/* What a run has written, operand by operand; NULL where it writes nothing. */
typedef struct rn_case_results {
    void *data[RN_MAX_OPERANDS];
} rn_case_results;

/* The operator of a node. The inputs have no values yet. */
rn_status rn_case_of_node(const rn_node *node, rn_case *out);

/* The caller clears `to`, also on failure. */
rn_status rn_case_copy(const rn_case *from, rn_case *to);
void rn_case_clear(rn_case *c);

static inline int32_t rn_case_n_operands(const rn_case *c)
{
    return c->n_inputs + c->n_outputs;
}

static inline bool rn_case_has(const rn_case *c, int32_t operand)
{
    return c->tensors[operand].desc.rank > 0;
}

/* True of outputs, and of inputs that are updated. */
bool rn_case_writes(const rn_case *c, int32_t operand);

/* Its slot in include/resnet/operators.h, inputs, then outputs; a REST has one for all. */
int32_t rn_case_slot(const rn_case *c, int32_t operand);

bool rn_case_is(const rn_case *c, const char *op);

/* "weight" of conv2d's input 1; of a REST, "x2" and so on from the second on. */
#define RN_OPERAND_NAME 32
void rn_case_operand_name(const rn_case *c, int32_t operand, char name[RN_OPERAND_NAME]);

/* The case as a node, which a device can be asked about. It borrows from the case. */
typedef struct rn_case_node {
    rn_node node;
    rn_value values[RN_MAX_OPERANDS];
} rn_case_node;

void rn_case_describe(const rn_case *c, rn_case_node *described);

/* Makes room for everything that a run writes. The caller clears it, also on failure. */
rn_status rn_case_results_make(const rn_case *c, rn_case_results *results);
void rn_case_results_clear(rn_case_results *results);

#endif
