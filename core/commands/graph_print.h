/* graph_print.h: the operators of a plan, as a table, as JSON and as DOT. */
#ifndef RN_CORE_COMMANDS_GRAPH_PRINT_H
#define RN_CORE_COMMANDS_GRAPH_PRINT_H

#include <jansson.h>

#include "plan/plan.h"

typedef enum rn_graph_format {
    RN_GRAPH_NONE = 0, /* no graph */
    RN_GRAPH_TEXT,
    RN_GRAPH_DOT /* the language of Graphviz */
} rn_graph_format;

/* Prints the operators in execution order: name, operator, what added it, and the shapes and
 * layouts of its results. */
void rn_graph_print(const rn_plan *plan);

/* Prints the operators as a directed graph in DOT, with edges from results to their readers. Inputs
 * and kept tensors are nodes as well. RN_E_NOMEM. */
rn_status rn_graph_print_dot(const rn_plan *plan);

/* The operators with inputs and outputs, to be released by json_decref; NULL: no memory. */
json_t *rn_graph_json(const rn_plan *plan);

#endif
