/* schedule_keys.h: which keys of a cfg the schedules of the learning rate read. */
#ifndef RN_CORE_CONFIG_SCHEDULE_KEYS_H
#define RN_CORE_CONFIG_SCHEDULE_KEYS_H

#include <stddef.h>

#include "config/config.h"

/* False for a key of the group `train` that belongs to other schedules than this one. The key's
 * name has `length` characters. */
bool rn_schedule_reads(int32_t schedule, const char *key, size_t length);

/* Checks the keys of the learning rate against the schedule and against each other. A key that the
 * schedule does not read is refused, unless the schedule was chosen over it: in a cfg that extends
 * the key's, or by --set. */
rn_status rn_schedule_check(const rn_config *config);

#endif
