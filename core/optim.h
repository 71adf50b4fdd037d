/* optim.h: appends the operators that update the parameters. */
#ifndef RN_CORE_OPTIM_H
#define RN_CORE_OPTIM_H

#include "config.h"
#include "graph.h"

/* One sgd operator for each parameter, placed right after the last operator that reads the
 * parameter or makes its gradient, so that a gradient's memory is free as early as can be. */
rn_status rn_optim_append(rn_dag *dag, const rn_config *config);

/* The learning rate of a step: schedule and warm-up. */
double rn_optim_learning_rate(const rn_config *config, int64_t step, int64_t steps_per_epoch);

#endif
