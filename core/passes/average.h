/* average.h: exponential moving averages of parameters and running statistics. */
#ifndef RN_CORE_PASSES_AVERAGE_H
#define RN_CORE_PASSES_AVERAGE_H

#include "config/config.h"
#include "graph/graph.h"

/* The suffix of an average's name: "conv1.weight.average". */
#define RN_AVERAGE "average"

/* Appends the operator that moves the average of a value towards it, where the cfg asks for
 * averages. Call it after the operator that updates the value. */
rn_status rn_average_append(rn_dag *dag, const rn_config *config, rn_value *value);

/* The share of the old average that a step keeps, counted from 0 since the start of the run. */
double rn_average_decay(const rn_config *config, int64_t step);

#endif
