/* store_values.h: a tensor's values from a file into the store, checked on the way. */
#ifndef RN_CORE_PLAN_STORE_VALUES_H
#define RN_CORE_PLAN_STORE_VALUES_H

#include "plan/store.h"

/* Sets an entry. RN_E_DATA where values are not finite, or a variance is below 0; then what the
 * entry holds is undefined. `path` is for the message. */
rn_status rn_store_values_load(rn_store *store, const rn_store_entry *entry, const float *values,
                               const char *path);

#endif
