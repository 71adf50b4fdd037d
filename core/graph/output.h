/* output.h: results inside a network, as a command names them. */
#ifndef RN_CORE_GRAPH_OUTPUT_H
#define RN_CORE_GRAPH_OUTPUT_H

#include "graph/graph.h"

typedef enum rn_output_kind {
    RN_OUTPUT_LAYER = 1, /* what a layer, a block or an operator gives */
    RN_OUTPUT_LOGITS,
    RN_OUTPUT_FEATURES /* what the last linear layer gets */
} rn_output_kind;

typedef struct rn_output {
    rn_output_kind kind;
    const char *layer; /* RN_OUTPUT_LAYER: its path, "layer2.0" or "layer2.0.conv1" */
} rn_output;

/* Finds the value in a graph whose operators have not been merged. RN_E_USAGE: there is no such
 * layer, or the network does not end in a linear one. */
rn_status rn_output_find(const rn_dag *dag, const rn_output *output, rn_value **value);

#endif
