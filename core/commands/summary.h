/* summary.h: the layers of a network, and the memory that it needs. */
#ifndef RN_CORE_COMMANDS_SUMMARY_H
#define RN_CORE_COMMANDS_SUMMARY_H

#include "commands/graph_print.h"
#include "config/config.h"
#include "plugin/registry.h"

typedef struct rn_summary_options {
    bool json;
    bool algorithms;       /* also the algorithm of each operator */
    rn_graph_format graph; /* the operators of one pass instead of the table */
    bool infer;            /* of inference alone; `graph` is else of training */
} rn_summary_options;

/* Prints the table of layers (name, output shape, parameters, multiply-adds, bytes), totals, and
 * the memory plans of training, if the backend can train, and inference at the cfg's batch size; or
 * the graph of one of the two. RN_E_USAGE: both DOT and JSON are requested. */
rn_status rn_summary(const rn_config *config, rn_registry *registry,
                     const rn_summary_options *options);

#endif
