/* optimizer.h: which keys of a cfg each optimizer reads. */
#ifndef RN_CORE_CONFIG_OPTIMIZER_H
#define RN_CORE_CONFIG_OPTIMIZER_H

#include "config/config.h"

/* Checks the keys of train that concern the update of the weights, its groups too, and fills in the
 * optimizer's own defaults. RN_E_CONFIG: one is given that the optimizer does not read, unless it
 * was chosen over that key (chosen.h); or two exclude each other. */
rn_status rn_optimizer_check(rn_config *config);

#endif
