/* optim.h: appends the operators that update the parameters. */
#ifndef RN_CORE_PASSES_OPTIM_H
#define RN_CORE_PASSES_OPTIM_H

#include "config/config.h"
#include "graph/graph.h"

/* The suffix of a velocity's name: "conv1.weight.velocity". */
#define RN_VELOCITY "velocity"

/* Adds the input dag->loss_scale, the factor of the loss and of its gradients. Call it before
 * rn_autodiff_append. */
rn_status rn_optim_scale_loss(rn_dag *dag);

/* Appends one sgd operator per parameter. Each is moved to right after the last operator that uses
 * the parameter or its gradient, so that the gradient's memory is free as early as possible. Two
 * cases keep sgd at the end: with a loss scale, check_finite of all gradients must precede the
 * first sgd, so that all parameters change or none; with several ranks, the backward pass must not
 * wait for the exchange of gradients. */
rn_status rn_optim_append(rn_dag *dag, const rn_config *config);

#endif
