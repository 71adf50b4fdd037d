/* trial.h: training that keeps nothing: a network, its training samples and steps, for finding out
 * how it learns. */
#ifndef RN_CORE_TRAIN_TRIAL_H
#define RN_CORE_TRAIN_TRIAL_H

#include "train/loss_scale.h"
#include "train/model.h"
#include "train/step.h"

typedef struct rn_trial_params {
    const rn_config *config;
    rn_registry *registry;
    const rn_model_choice *model; /* without a path, the parameters are initialised */
    bool is_plain;                /* the samples get the transforms of validation */
    bool evaluates;               /* a pass with running statistics is planned, too */
} rn_trial_params;

/* Read-only for the caller; stays where it is. */
typedef struct rn_trial {
    rn_config config;    /* the given one, but each batch is a step, and no averages are kept */
    rn_session *session; /* bound */
    rn_source *source;
    rn_steps steps;  /* over all whole batches, again and again, in another order each time */
    rn_loader *held; /* that the batch of rn_trial_hold_batch belongs to; NULL: none is held */
    int64_t batch;   /* images: train.batch, or all that there are */
    int64_t epoch, step;
    rn_loss_scale loss_scale;
} rn_trial;

/* Opens all of it; the caller closes the trial, also on failure. */
rn_status rn_trial_open(const rn_trial_params *params, rn_trial *trial);
void rn_trial_close(rn_trial *trial);

/* From now on, every step takes the next batch, and dropout has one mask. RN_E_INTERRUPTED after
 * Ctrl-C. */
rn_status rn_trial_hold_batch(rn_trial *trial);

/* A training step on the next batch, whose loss may be anything. RN_E_INTERRUPTED after Ctrl-C. */
rn_status rn_trial_step(rn_trial *trial, double learning_rate, rn_step_result *result);

#endif
