/* keeping.h: when the checkpoint is written: beside the training, one at a time. Of several
 * processes the first writes it; all call these functions. */
#ifndef RN_CORE_TRAIN_KEEPING_H
#define RN_CORE_TRAIN_KEEPING_H

#include "train/trainer.h"

/* Begins a checkpoint of the position, after the one before is whole. The first of a new run is
 * whole when it returns, and what the folder held of another run is gone. */
rn_status rn_keeping_begin(rn_trainer *trainer);

/* Waits for what was begun. */
rn_status rn_keeping_finish(rn_trainer *trainer);

/* After a step: reports a checkpoint that failed, and says whether one is due, by the cfg or by a
 * signal. It waits only where more than train.save_every steps could be lost. Of several processes,
 * the first says so; the others hear it (agree.h). */
rn_status rn_keeping_look(rn_trainer *trainer, bool *is_due);

/* Begins the one that is due. */
rn_status rn_keeping_take(rn_trainer *trainer);

#endif
