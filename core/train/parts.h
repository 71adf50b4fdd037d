/* parts.h: with little memory, a batch that nothing is learnt from is taken in parts. */
#ifndef RN_CORE_TRAIN_PARTS_H
#define RN_CORE_TRAIN_PARTS_H

#include "train/session.h"

/* In how many equal parts the session's pass that was added last takes a batch: 1 unless
 * backend.memory is "lean", the session evaluates alone on one processor, and nothing but
 * probabilities and losses is asked for. */
int32_t rn_parts_of(const rn_session *session, int64_t batch);

#endif
