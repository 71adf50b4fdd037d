/* trainer.h: what training works on, and how far it is. */
#ifndef RN_CORE_TRAIN_TRAINER_H
#define RN_CORE_TRAIN_TRAINER_H

#include <stdio.h>

#include "base/sha256.h"
#include "report/events.h"
#include "report/report.h"
#include "train/sizes.h"
#include "train/skipped.h"
#include "train/writer.h"

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
    rn_sizes sizes; /* of `train` */
    rn_report *report;
    rn_events *events; /* NULL: none */
    rn_writer writer;
    int64_t taken_step;             /* of the last snapshot */
    double taken_s;                 /* when it was taken */
    int64_t saved_step;             /* of the last whole checkpoint */
    char data_hash[RN_SHA256_TEXT]; /* "": not known yet */
    bool was_complete;              /* there was nothing left to train or to validate */
} rn_trainer;

/* Seconds of a clock that never goes back. */
double rn_trainer_now_s(void);

/* Batches of an epoch, and the steps that they make. */
int64_t rn_trainer_n_batches(const rn_trainer *trainer);
int64_t rn_trainer_n_steps(const rn_trainer *trainer);

/* Whether the position is the end of an epoch; after max_steps it may be in one. */
bool rn_trainer_is_whole(const rn_trainer *trainer);

/* Whether train.max_steps are done; whether all epochs are, or these, or train.stop_after ends the
 * run. */
bool rn_trainer_has_enough_steps(const rn_trainer *trainer);
bool rn_trainer_is_complete(const rn_trainer *trainer);

#endif
