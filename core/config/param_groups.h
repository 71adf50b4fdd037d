/* param_groups.h: train.groups: what a cfg says about parameters, chosen by patterns of names. */
#ifndef RN_CORE_CONFIG_PARAM_GROUPS_H
#define RN_CORE_CONFIG_PARAM_GROUPS_H

#include "config/config.h"

/* Reads train.groups into config->train.groups. RN_E_CONFIG gives file:line. */
rn_status rn_param_groups_read(rn_config *config);

#endif
