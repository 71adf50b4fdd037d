/* step.h: one step of a session, and steps over the batches of a loader. The images of the next
 * batch are copied to the device while a step is computed. */
#ifndef RN_CORE_TRAIN_STEP_H
#define RN_CORE_TRAIN_STEP_H

#include "train/session.h"

/* What a training step needs besides the batch; other passes ignore it. */
typedef struct rn_step_params {
    double learning_rate;
    double loss_scale;     /* used by plans in half precision; 0: 1 */
    int64_t n_updates;     /* that the optimizer made before this step, for adamw and lamb */
    const int64_t *births; /* of the updates, those before each growth; NULL: nothing has grown */
    int64_t n_summed;      /* batches of the step before this one, whose gradients are summed */
    double average_decay;  /* share of the old averages */
    uint32_t seed, step;   /* for dropout */
} rn_step_params;

typedef struct rn_step_result {
    double loss;          /* mean over the batch */
    int64_t n_correct;    /* images whose most likely class is their label */
    int64_t n_top5;       /* images whose label is among the five most likely classes */
    bool overflowed;      /* a gradient was not finite, and the step changed no parameter */
    double gradient_norm; /* of all gradients together, before it was limited; NaN: not measured */
} rn_step_result;

/* A step on one batch of plans->batch images, in two halves: the first enqueues it, the second
 * waits for its loss and leaves the batch's probabilities in session->probabilities. Neither
 * allocates, except while the step is recorded (plan.h). */
rn_status rn_step_begin(rn_session *session, rn_pass_plans *plans, const rn_batch *batch,
                        const rn_step_params *params);
rn_status rn_step_end(rn_session *session, const rn_pass_plans *plans, const rn_batch *batch,
                      rn_step_result *result);

/* Between the two: copies the images and labels of the next batch ahead of their step. They are
 * dropped if that step is of another batch or another pass. What `stays` is there after its first
 * step, and needs no feeding. */
rn_status rn_step_feed(rn_session *session, rn_pass_plans *plans, const rn_batch *batch);

/* Both halves. */
rn_status rn_step_run(rn_session *session, rn_pass_plans *plans, const rn_batch *batch,
                      const rn_step_params *params, rn_step_result *result);

/* For a step that the caller runs by hand (plan.h) on one device: copies the batch and the
 * parameters to the plan's inputs, and drops what was fed. */
rn_status rn_step_upload(rn_pass_plans *plans, const rn_batch *batch, const rn_step_params *params);

/* Steps over the batches of a loader. Zero-initialise, then set the fields marked "given". */
typedef struct rn_steps {
    rn_session *session;  /* given */
    rn_pass pass;         /* given, for the next step */
    bool changes;         /* given: the step after it is of another pass */
    rn_loader *loader;    /* given; NULL: `next` is given and repeats for ever */
    rn_batch batch;       /* of the last step; its count is 0 after the last batch */
    rn_batch next;        /* of the next step */
    rn_pass_plans *plans; /* of the last step */
    bool has_next;        /* `next` has been taken from the loader */
    double enqueue_ms;    /* of the last step: until the devices had it, */
    double wait_ms;       /* and for its results, once the next batch was fed */
} rn_steps;

/* Takes the step on the next batch, if there is one. */
rn_status rn_step_next(rn_steps *steps, const rn_step_params *params, rn_step_result *result);

#endif
