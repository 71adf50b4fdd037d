/* step.h: one step of a session, and steps over the batches of a loader, whose images are copied to
 * the device while the step before is computed. */
#ifndef RN_CORE_TRAIN_STEP_H
#define RN_CORE_TRAIN_STEP_H

#include "train/session.h"

/* What a step needs besides the batch; ignored by other passes. */
typedef struct rn_step_params {
    double learning_rate;
    double loss_scale;   /* where the plan has it; 0: 1 */
    uint32_t seed, step; /* for dropout */
} rn_step_params;

typedef struct rn_step_result {
    double loss; /* mean over the batch */
    int64_t n_correct;
    bool overflowed; /* a scaled gradient was not finite, and the step changed no parameter */
} rn_step_result;

/* Copies the batch and the parameters to the inputs of a plan of one device. Each run of it uses
 * them up. */
rn_status rn_step_upload(rn_plan *plan, const rn_batch *batch, const rn_step_params *params);

/* A step on one batch of exactly the plan's size, in two halves: enqueues it, and waits for its
 * loss. Neither allocates, but where the step is recorded (plan.h). session->probabilities then
 * holds the batch's. */
rn_status rn_step_begin(rn_session *session, rn_plan *plan, const rn_batch *batch,
                        const rn_step_params *params);
rn_status rn_step_end(rn_session *session, rn_plan *plan, const rn_batch *batch,
                      rn_step_result *result);

/* Between the two: copies the images and labels of the batch that the plan takes next. Where
 * another one comes, or another plan, they are forgotten. */
rn_status rn_step_feed(rn_session *session, rn_plan *plan, const rn_batch *batch);

/* Both halves. */
rn_status rn_step_run(rn_session *session, rn_plan *plan, const rn_batch *batch,
                      const rn_step_params *params, rn_step_result *result);

/* Steps over the batches of a loader. All begins with 0 but what is said. */
typedef struct rn_walk {
    rn_session *session; /* given */
    rn_pass pass;        /* given */
    rn_loader *loader;   /* given; NULL: `next` is given and taken again and again */
    rn_batch batch;      /* of the last step; its count is 0 once there are no more */
    rn_batch next;       /* that of the next one */
    rn_plan *plan;       /* of the last step */
    bool has_next;       /* `next` was asked for */
} rn_walk;

/* The step on the next batch, if there is one. */
rn_status rn_step_walk(rn_walk *walk, const rn_step_params *params, rn_step_result *result);

#endif
