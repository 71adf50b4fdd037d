/* train.h: the loop over epochs and batches. */
#ifndef RN_CORE_TRAIN_H
#define RN_CORE_TRAIN_H

#include <stdio.h>
#include "checkpoint.h"
#include "io/report.h"

typedef struct rn_trainer {
    rn_session *session; /* bound; its parameters initialised or resumed */
    const rn_dataset *train, *validation;
    const char *folder; /* of checkpoint, weights and report */
    FILE *progress;     /* the bar */
    FILE *curve;        /* the curve in characters, at the end; NULL: none */
    bool quiet;         /* no bar */
    rn_position position;
    void (*epoch_done)(const rn_epoch_metrics *metrics, int64_t n_epochs,
                       void *context); /* may be NULL */
    void *context;
} rn_trainer;

/* Plans for training on `train` and validating on `validation`. */
rn_status rn_train_add_plans(rn_session *session, const rn_dataset *train,
                             const rn_dataset *validation);

/* Trains from trainer->position to the end, writing report, checkpoint and weights after each
 * epoch. RN_E_INTERRUPTED after Ctrl-C: the step was finished and a checkpoint written.
 * RN_E_DIVERGED names the first layer that is not finite; the last checkpoint stays. */
rn_status rn_train(rn_trainer *trainer);

#endif
