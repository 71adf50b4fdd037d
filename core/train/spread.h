/* spread.h: tensors of one process become those of all. Alone, nothing happens. */
#ifndef RN_CORE_TRAIN_SPREAD_H
#define RN_CORE_TRAIN_SPREAD_H

#include "train/session.h"

/* The kept tensors of process 0, as it has initialised or read them, become those of all. */
rn_status rn_spread_store(rn_session *session);

/* After a step that does not train: each process has the probabilities of its rows of the batch in
 * session->probabilities; afterwards all have those of all rows. */
rn_status rn_spread_probabilities(rn_session *session, const rn_batch *batch);

#endif
