/* inputs.h: what a layer of a cfg reads: the layer before it, or those that its key `input` names,
 *     { block = "add"; name = "sum"; input = [ "conv2", "images" ]; } */
#ifndef RN_CORE_GRAPH_INPUTS_H
#define RN_CORE_GRAPH_INPUTS_H

#include "config/tree.h"
#include "graph/graph.h"

#define RN_INPUTS_KEY "input"
#define RN_MAX_INPUTS 256

typedef struct rn_inputs {
    rn_value *values[RN_MAX_INPUTS];
    int32_t count;
} rn_inputs;

/* Finds what the layer `entry` of block `block_name` reads; `before` is the result of the layer
 * before it. RN_E_CONFIG gives file:line of a name that no earlier layer has, and of a count that
 * the block does not take. */
rn_status rn_inputs_find(const rn_dag *dag, const rn_tree *entry, const char *block_name,
                         rn_value *before, rn_inputs *inputs);

/* Builds the layer called `path` that joins several inputs. NULL after a failure, which is in
 * dag->status. */
rn_value *rn_inputs_join(rn_dag *dag, const char *block_name, char *path, const rn_inputs *inputs);

#endif
