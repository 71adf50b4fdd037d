/* kept.h: the kept tensors of a session in a file without a name, so that a step can be taken again
 * from the same state without a second copy of them in memory. */
#ifndef RN_CORE_COMPARE_KEPT_H
#define RN_CORE_COMPARE_KEPT_H

#include "plan/store.h"

typedef struct rn_kept rn_kept;

rn_status rn_kept_save(rn_store *store, rn_kept **out);

/* Sets every tensor of the same or of another session that the file has, by its name. */
rn_status rn_kept_restore(const rn_kept *kept, rn_store *store);
void rn_kept_destroy(rn_kept *kept); /* may be NULL */

#endif
