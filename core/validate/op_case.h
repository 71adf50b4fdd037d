/* op_case.h: an operator that a plugin brings, on inputs that it takes, and its gradient. */
#ifndef RN_CORE_VALIDATE_OP_CASE_H
#define RN_CORE_VALIDATE_OP_CASE_H

#include "graph/graph.h"
#include "plan/plan.h"
#include "validate/check.h"

#define RN_OP_MOST_ATTRS 256

/* Zero-initialise it. */
typedef struct rn_op_case {
    rn_checking *checking;
    const rn_loaded_op *loaded;
    rn_setting settings[RN_OP_MOST_ATTRS]; /* of the attributes that have to be given */
    int32_t n_settings, n_inputs;
    rn_tensor_desc inputs[RN_CUSTOM_MAX_INPUTS];
} rn_op_case;

/* The operator in a graph of its own. Values belong to the graph. */
typedef struct rn_op_graph {
    rn_dag *dag;
    rn_node *node;
    rn_value *dy; /* input: the gradient of one output; NULL: only the operator */
} rn_op_graph;

/* Finds inputs, and values for the attributes that have to be given, which the operator takes;
 * where there are none, the last failure. */
rn_status rn_op_case_find(rn_checking *c, const rn_loaded_op *loaded, rn_op_case *found);

/* Builds it; with `gradient_of` from 0 up, also the gradients of all inputs from that output's.
 * RN_E_UNSUPPORTED: it has none. The caller destroys graph->dag, which is NULL after a failure. */
rn_status rn_op_case_build(const rn_op_case *c, int32_t gradient_of, rn_op_graph *graph);

/* The graph on a device. Zero-initialise it. */
typedef struct rn_op_ready {
    rn_device *device;
    rn_plan *plan;
    rn_store *store;
    rn_buffer *arena;
    rn_op_graph graph; /* its dag belongs to the plan */
} rn_op_ready;

/* The caller closes it, also on failure. */
rn_status rn_op_ready_open(const rn_op_case *c, const char *backend, int32_t gradient_of,
                           rn_op_ready *ready);
void rn_op_ready_close(rn_op_ready *ready);

/* Fills inputs (`dy` too) with the same numbers each time, input `moved` (-1: none) by `by` times a
 * direction, and runs it. */
typedef struct rn_op_move {
    int32_t input;
    int direction;
    double by;
} rn_op_move;
rn_status rn_op_ready_run(rn_op_ready *ready, const rn_op_move *move);

/* Number i of an input, or of dy (input -1). */
float rn_op_number(int32_t input, int64_t i);

/* "plugin/op on (4, 8, 6, 6), (8)" */
#define RN_OP_CASE_TEXT 512
const char *rn_op_case_text(const rn_op_case *c, char text[RN_OP_CASE_TEXT]);

#endif
