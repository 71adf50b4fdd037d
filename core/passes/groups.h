/* groups.h: what a cfg says about single parameters: decay, learning rate, whether they train. */
#ifndef RN_CORE_PASSES_GROUPS_H
#define RN_CORE_PASSES_GROUPS_H

#include "config/config.h"
#include "graph/graph.h"

/* Sets weight_decay, rate_factor and is_frozen of each parameter by the keys of train. Call it on
 * the graph as it was built, whose layers count. RN_E_CONFIG: a group's pattern matches no
 * parameter, or nothing is left to train. */
rn_status rn_groups_apply(rn_dag *dag, const rn_config *config);

#endif
