/* statistics.h: running statistics of batch norms that each rank takes of its own images. */
#ifndef RN_CORE_TRAIN_STATISTICS_H
#define RN_CORE_TRAIN_STATISTICS_H

#include "train/session.h"

/* Replaces the running statistics, and their averages, by their means over all ranks, where ranks
 * have different ones (train.synchronise_norms); nothing where not. Call it in all processes before
 * they are read: by an evaluation, or for a file. Training does not read them. */
rn_status rn_statistics_settle(rn_session *session);

#endif
