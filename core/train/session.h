/* session.h: one network on one device, or on several that share each step: its plans, their shared
 * arena, its kept tensors. */
#ifndef RN_CORE_TRAIN_SESSION_H
#define RN_CORE_TRAIN_SESSION_H

#include "config/config.h"
#include "data/loader.h"
#include "device/ranks.h"
#include "plan/plan.h"

typedef enum rn_pass {
    RN_PASS_TRAIN = 1,     /* forward, backward, update */
    RN_PASS_EVALUATE,      /* forward with running statistics, and the loss */
    RN_PASS_PREDICT,       /* forward with running statistics, probabilities */
    RN_PASS_EXAMINE_TRAIN, /* the forward part of each of these, with nothing merged */
    RN_PASS_EXAMINE_EVALUATE
} rn_pass;

#define RN_MAX_PLANS 4

typedef struct rn_session {
    const rn_config *config;
    rn_registry *registry;
    rn_device *device; /* of several the first, rank 0 */
    rn_store *store;
    rn_buffer *arena;
    uint64_t arena_bytes; /* of the largest plan */
    rn_plan *plans[RN_MAX_PLANS];
    int32_t n_plans;
    float *probabilities; /* of one step, (largest batch, classes) */
    int64_t largest_batch;
    const char *batch_option;     /* that sets the batch, for messages; NULL: the cfg does */
    char *label;                  /* "cpu_blas", "cudnn:1" or "cudnn:0,1" */
    int32_t n_ranks;              /* 1: one device */
    int32_t rank;                 /* of this session's device */
    struct rn_session **replicas; /* n_ranks - 1 sessions of a device each: rank 1 and up */
    rn_ranks *ranks;              /* NULL: one device */
} rn_session;

/* Opens the backend of the cfg, on one device or on a list of them. The config and the registry
 * outlive the session. RN_E_UNSUPPORTED where the backend cannot use several at a time. */
rn_status rn_session_open(const rn_config *config, rn_registry *registry, rn_session **out);

/* The same on the first device alone. */
rn_status rn_session_open_first(const rn_config *config, rn_registry *registry, rn_session **out);
void rn_session_close(rn_session *session);

/* Builds and lays out a pass for a batch size. With `keep_all` every value keeps its place, so that
 * it can be downloaded after the step. The plan belongs to the session. Several devices share the
 * batch evenly; where that does not go, training is refused (RN_E_CONFIG), and of the other passes
 * the first device alone takes it. */
rn_status rn_session_add(rn_session *session, rn_pass pass, int64_t batch, bool keep_all,
                         rn_plan **out);

/* Allocates everything and prepares the kernels of the plans added so far. The first plan decides
 * which tensors are kept: a training plan comes first. */
rn_status rn_session_bind(rn_session *session);

/* The plan of a pass whose batch has this size, or NULL. */
rn_plan *rn_session_plan(const rn_session *session, rn_pass pass, int64_t batch);

#endif
