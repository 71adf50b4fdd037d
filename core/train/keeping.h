/* keeping.h: when the checkpoint is written: beside the training, one at a time. */
#ifndef RN_CORE_TRAIN_KEEPING_H
#define RN_CORE_TRAIN_KEEPING_H

#include "train/trainer.h"

/* Begins a checkpoint of the position, after the one before is whole. The first of a new run is
 * whole when it returns, and what the folder held of another run is gone. */
rn_status rn_keeping_begin(rn_trainer *trainer);

/* Waits for what was begun. */
rn_status rn_keeping_finish(rn_trainer *trainer);

/* After a step: begins a checkpoint if one is due, by the cfg or by a signal, and reports one that
 * failed. It waits only where more than train.save_every steps could be lost. */
rn_status rn_keeping_step(rn_trainer *trainer);

#endif
