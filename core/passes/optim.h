/* optim.h: appends the operators that update the parameters. */
#ifndef RN_CORE_PASSES_OPTIM_H
#define RN_CORE_PASSES_OPTIM_H

#include "config/config.h"
#include "device/device.h"
#include "graph/graph.h"

/* Adds the input dag->loss_scale, the factor of the loss and of its gradients. Call it before
 * rn_autodiff_append. */
rn_status rn_optim_scale_loss(rn_dag *dag);

/* Appends one update operator per parameter that has a gradient, then that of its average. Small
 * ones become one where the device accepts it (runs.h); NULL: each stays on its own. Each is
 * moved to right after the last operator that uses the parameter or its gradient, so that the
 * gradient's memory is free as early as possible. Two cases keep the updates at the end: where a
 * scale or a norm is of all gradients (rn_clip_waits); and with several ranks, since the backward
 * pass must not wait for the exchange of gradients. */
rn_status rn_optim_append(rn_dag *dag, const rn_config *config, rn_device *device);

#endif
