/* train.h: the loop over epochs and batches. */
#ifndef RN_CORE_TRAIN_TRAIN_H
#define RN_CORE_TRAIN_TRAIN_H

#include <stdio.h>

#include "report/report.h"
#include "train/checkpoint.h"
#include "train/sizes.h"
#include "train/skipped.h"

/* Zero-initialise, then set the fields down to `context`. */
typedef struct rn_trainer {
    rn_session *session; /* bound; its parameters initialised or resumed */
    const rn_source *train, *validation;
    const char *folder;  /* of checkpoint, weights and report; locked */
    bool is_new;         /* the folder holds nothing of this run; its first checkpoint replaces what
                           is there */
    int64_t until_epoch; /* pauses once so many are done; 0: does not */
    rn_skipped *skipped; /* hears of samples that are left out */
    FILE *progress;      /* the bar */
    FILE *curve;         /* the curve in characters, at the end; NULL: none */
    bool quiet;          /* no bar */
    rn_position position;
    void (*epoch_done)(const struct rn_trainer *trainer, const rn_epoch_metrics *metrics,
                       void *context); /* may be NULL */
    void *context;
    rn_sizes sizes;     /* of `train` */
    int64_t saved_step; /* of the last checkpoint */
    double saved_s;     /* when it was written */
    bool was_complete;  /* there was nothing left to train or to validate */
} rn_trainer;

/* Plans for training on `train` and validating on `validation`. */
rn_status rn_train_add_plans(rn_session *session, const rn_source *train,
                             const rn_source *validation);

/* True if all epochs, or max_steps, are done. */
bool rn_train_is_complete(const rn_trainer *trainer);

/* Trains from trainer->position to the end, or to until_epoch, from where another session of the
 * trainer may go on. Each epoch is saved, validated, and then gets its row
 * in the report; a resumed run first validates the epoch whose row is missing. RN_E_INTERRUPTED
 * after Ctrl-C: the step was finished and a checkpoint written. RN_E_DIVERGED names the first layer
 * or tensor that is not finite; the last checkpoint of finite tensors and validation stays. */
rn_status rn_train(rn_trainer *trainer);

#endif
