/* batch_auto.h: the largest batch whose training fits into memory, from the plans of memory;
 * nothing is tried out. */
#ifndef RN_CORE_TRAIN_BATCH_AUTO_H
#define RN_CORE_TRAIN_BATCH_AUTO_H

#include "train/session.h"

/* Bytes that training and evaluation with the plans of a session take, bound or not. */
typedef struct rn_batch_need {
    uint64_t device; /* on the device that has most of it */
    uint64_t host;   /* of the loader and of a checkpoint while it is written; where the device is
                      * the processor, with all of its bytes */
} rn_batch_need;

/* The cfg's batch is that of the plans. */
rn_status rn_batch_needs(const rn_session *session, const rn_source *train, rn_batch_need *need);

/* Sets config->train.batch, the cfg of the session, to the largest power of two, times the number
 * of devices, whose need leaves an eighth of what is free, and prints what it found unless it is
 * quiet. At least 8 images, or the data set; at most the data set. The session has no plans before
 * and after. RN_E_NOMEM: there is no room for the smallest. */
rn_status rn_batch_choose(rn_session *session, rn_config *config, const rn_source *train,
                          const rn_source *validation, bool quiet);

/* Sets it to what the checkpoint of the folder was trained with. */
rn_status rn_batch_of_checkpoint(rn_config *config);

#endif
