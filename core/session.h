/* session.h: one network on one device: its plans, their shared arena, its kept tensors; and one
 * step. */
#ifndef RN_CORE_SESSION_H
#define RN_CORE_SESSION_H

#include "config.h"
#include "data/loader.h"
#include "plan.h"

typedef enum rn_pass {
    RN_PASS_TRAIN = 1, /* forward, backward, update */
    RN_PASS_EVALUATE,  /* forward with running statistics, and the loss */
    RN_PASS_PREDICT,   /* forward with running statistics, probabilities */
    RN_PASS_EXAMINE    /* forward with the batch's statistics, nothing merged, everything kept */
} rn_pass;

#define RN_MAX_PLANS 4

typedef struct rn_session {
    const rn_config *config;
    rn_registry *registry;
    rn_device *device;
    rn_store *store;
    rn_buffer *arena;
    uint64_t arena_bytes; /* of the largest plan */
    rn_plan *plans[RN_MAX_PLANS];
    int32_t n_plans;
    float *probabilities; /* of one step, (largest batch, classes) */
    int64_t largest_batch;
} rn_session;

/* Opens the backend of the cfg. The config and the registry outlive the session. */
rn_status rn_session_open(const rn_config *config, rn_registry *registry, rn_session **out);
void rn_session_close(rn_session *session);

/* Builds and lays out a pass for a batch size. With `keep_all` every value keeps its place, so that
 * it can be downloaded after the step. The plan belongs to the session. */
rn_status rn_session_add(rn_session *session, rn_pass pass, int64_t batch, bool keep_all,
                         rn_plan **out);

/* Allocates everything and prepares the kernels of the plans added so far. The first plan decides
 * which tensors are kept: a training plan comes first. */
rn_status rn_session_bind(rn_session *session);

/* What a step needs besides the batch; ignored by other passes. */
typedef struct rn_step_params {
    double learning_rate;
    double loss_scale; /* where the plan has it; 0: 1 */
    uint32_t seed, step; /* for dropout */
} rn_step_params;

typedef struct rn_step_result {
    double loss; /* mean over the batch */
    int64_t n_correct;
    bool overflowed; /* a scaled gradient was not finite, and the step changed no parameter */
} rn_step_result;

/* Copies the batch and the parameters to the inputs of the plan. Each run of it uses them up. */
rn_status rn_session_upload(rn_plan *plan, const rn_batch *batch, const rn_step_params *params);

/* Runs one batch of exactly the plan's size and waits for its loss. Allocates nothing.
 * session->probabilities then holds the batch's. */
rn_status rn_session_step(rn_session *session, rn_plan *plan, const rn_batch *batch,
                          const rn_step_params *params, rn_step_result *result);

/* The plan of a pass whose batch has this size, or NULL. */
rn_plan *rn_session_plan(const rn_session *session, rn_pass pass, int64_t batch);

#endif
