/* config_name.h: what a run is called. */
#ifndef RN_CORE_CONFIG_CONFIG_NAME_H
#define RN_CORE_CONFIG_CONFIG_NAME_H

#include "config/config.h"

/* Checks `name`, and sets it and `run.output` if they were not given. */
rn_status rn_config_name(rn_config *config);

#endif
