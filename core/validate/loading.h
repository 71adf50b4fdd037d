/* loading.h: tests of how a plugin is loaded. */
#ifndef RN_CORE_VALIDATE_LOADING_H
#define RN_CORE_VALIDATE_LOADING_H

#include "validate/check.h"

/* Says what the plugin has. */
rn_check_run rn_check_loads;

rn_check_run rn_check_twice, rn_check_older, rn_check_entry_memory;

#endif
