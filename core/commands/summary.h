/* summary.h: what a network is made of, and what it takes. */
#ifndef RN_CORE_COMMANDS_SUMMARY_H
#define RN_CORE_COMMANDS_SUMMARY_H

#include "config/config.h"
#include "plugin/registry.h"

typedef struct rn_summary_options {
    bool json;
    bool algorithms; /* how each operator computes, too */
} rn_summary_options;

/* Prints the table of layers (name, output shape, parameters, multiply-adds, bytes), totals, and
 * the memory plans of training and inference at the cfg's batch size. */
rn_status rn_summary(const rn_config *config, rn_registry *registry,
                     const rn_summary_options *options);

#endif
