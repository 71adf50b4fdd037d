/* train.h: the loop over epochs and batches. */
#ifndef RN_CORE_TRAIN_TRAIN_H
#define RN_CORE_TRAIN_TRAIN_H

#include "train/trainer.h"

/* Plans for training on `train` and validating on `validation`. */
rn_status rn_train_add_plans(rn_session *session, const rn_source *train,
                             const rn_source *validation);

/* Trains from trainer->position to the end, or to until_epoch, from where another session of the
 * trainer may go on. Each epoch is saved, validated, and then gets its row
 * in the report; a resumed run first validates the epoch whose row is missing. RN_E_INTERRUPTED
 * after Ctrl-C: the step was finished and a checkpoint written. RN_E_DIVERGED names the first layer
 * or tensor that is not finite; the last checkpoint of finite tensors and validation stays. */
rn_status rn_train(rn_trainer *trainer);

#endif
