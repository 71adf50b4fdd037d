/* pinned.h: batches in memory from which a session's devices copy by themselves. */
#ifndef RN_CORE_TRAIN_PINNED_H
#define RN_CORE_TRAIN_PINNED_H

#include "data/loader_memory.h"
#include "train/session.h"

/* The memory for a loader whose batches the session's steps take; the session outlives the loader.
 * Without functions where the backend does not offer it. */
rn_loader_memory rn_pinned_of(const rn_session *session);

#endif
