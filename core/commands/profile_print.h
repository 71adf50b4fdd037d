/* profile_print.h: the table of a device's kernels. */
#ifndef RN_CORE_COMMANDS_PROFILE_PRINT_H
#define RN_CORE_COMMANDS_PROFILE_PRINT_H

#include <jansson.h>

#include "compare/profile.h"

/* Prints each kernel's launches per step, their time, and their share of `step_ms`. */
void rn_profile_print(const rn_profile_times *times, double step_ms);
json_t *rn_profile_json(const rn_profile_times *times, double step_ms); /* an array */

#endif
