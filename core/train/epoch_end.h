/* epoch_end.h: the end of an epoch: it is saved, validated and reported. */
#ifndef RN_CORE_TRAIN_EPOCH_END_H
#define RN_CORE_TRAIN_EPOCH_END_H

#include "train/trainer.h"

/* RN_E_INTERRUPTED, with a message that says where the run was, "" or " during validation". */
rn_status rn_epoch_end_interrupted(const rn_trainer *trainer, const char *when);

/* Saves the epoch beside its validation, keeps what it leaves, and goes to the next one. */
rn_status rn_epoch_end(rn_trainer *trainer);

/* For a resumed run, which may stand at the end of an epoch, or of max_steps, that was saved and
 * not yet validated, or validated and not yet left. */
rn_status rn_epoch_end_settle(rn_trainer *trainer, bool is_at_end);

#endif
