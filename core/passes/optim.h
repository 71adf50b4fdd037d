/* optim.h: appends the operators that update the parameters. */
#ifndef RN_CORE_PASSES_OPTIM_H
#define RN_CORE_PASSES_OPTIM_H

#include "config/config.h"
#include "graph/graph.h"

/* What the name of a parameter's velocity ends in: "conv1.weight.velocity". */
#define RN_VELOCITY "velocity"

/* Gives the step an input, dag->loss_scale, by which its gradients are scaled. Before
 * rn_autodiff_append. */
rn_status rn_optim_scale_loss(rn_dag *dag);

/* One sgd operator for each parameter, placed right after the last operator that reads the
 * parameter or makes its gradient, so that a gradient's memory is free as early as can be. With a
 * scale of the loss check_finite of all gradients comes before the first sgd, so that either all
 * parameters change or none. On one rank among several, too, sgd comes last, so that the backward
 * pass need not wait for the exchange of gradients. */
rn_status rn_optim_append(rn_dag *dag, const rn_config *config);

/* The learning rate of a step: schedule and warm-up. */
double rn_optim_learning_rate(const rn_config *config, int64_t step, int64_t steps_per_epoch);

#endif
