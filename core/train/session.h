/* session.h: one network on one device, or on several that share each step: the devices, the kept
 * tensors, and the plans of the passes. Of several processes (world.h) each has a session with its
 * own devices, and all call the same functions of it in the same order. */
#ifndef RN_CORE_TRAIN_SESSION_H
#define RN_CORE_TRAIN_SESSION_H

#include "data/loader.h"
#include "device/team.h"
#include "plan/plan.h"
#include "train/build.h"
#include "train/ranks.h"

/* In each size of training: whole batches and a last one, and those whose gradients are summed. Of
 * evaluation with and without averages: whole batches, a last one, which several processes take in
 * two parts, and single images, where samples may be skipped. */
#define RN_MAX_PASSES (3 * RN_MAX_TRAIN_SIZES + 8)

/* A pass for one batch size, planned on each rank of this process that takes part. */
typedef struct rn_pass_plans {
    rn_pass pass;
    int64_t batch;   /* images of a step, on all ranks together */
    rn_size size;    /* of the images; 0 and 0: that of network.input */
    int32_t n_parts; /* in which an only rank takes the images, one after the other */
    int32_t n_all;   /* ranks that share the step; 1: the first device of the first process takes it
                      * alone, though the others have plans, too */
    int32_t n_ranks; /* of them, or plans, in this process */
    const void *fed; /* the images that step.c copied ahead of their step; NULL: none */
    rn_plan *by_rank[RN_MAX_RANKS]; /* n_ranks of them; the rest are NULL */
    float *targets; /* room for those of a batch that has labels; NULL: the pass takes labels */
    /* The sum of the losses of a step's parts but the last. */
    double part_losses;
} rn_pass_plans;

/* One device of a session. */
typedef struct rn_rank {
    rn_device *device;
    rn_buffer *arena; /* shared by the plans of this rank; NULL until bound */
} rn_rank;

typedef struct rn_session {
    const rn_config *config;
    rn_registry *registry;
    char *label;    /* "cpu_blas", "cudnn:1" or "cudnn:0,1" */
    rn_rank *ranks; /* n_ranks of them: those of this process */
    int32_t n_ranks;
    rn_ranks shared;          /* what is known of all ranks; its devices are not set */
    rn_team *team;            /* what joins the ranks; NULL: one device */
    double step_s, awaited_s; /* in steps, and waiting for other processes at their ends */
    rn_pass_plans passes[RN_MAX_PASSES];
    int32_t n_passes;
    rn_store *store;  /* the kept tensors, a copy on each rank; NULL until bound */
    bool train_bytes; /* training, and evaluation, take rn_batch.bytes of their loaders where */
    bool evaluation_bytes;    /* the devices make images of them; set before a pass is added */
    bool soft_labels;         /* training takes rn_batch.targets; set before a pass is added */
    rn_size train_size;       /* of the images of the training passes that are added or found from
                               * now on; 0 and 0: that of network.input */
    bool show_all, unmerged;  /* build.h; set before a pass is added */
    bool apart;               /* the same */
    const rn_output *outputs; /* n_outputs results that can be downloaded after a step, as the
                               * graph's outputs; set before a pass is added; borrowed */
    int32_t n_outputs;
    const rn_births *births;  /* of a network that has grown, else NULL; set before a pass is added;
                               * borrowed */
    float *probabilities;     /* of one step, (largest batch, classes) */
    rn_dataset *data;         /* whose classes the files record; NULL: unknown */
    bool resident;            /* step after step is of one batch; set before a pass is added */
    bool spends;              /* evaluates alone, and keeps weights that are packed only so
                               * (plan/spend.h); set before it is bound */
    const char *batch_option; /* that sets the batch, for messages; NULL: the cfg does */
    /* What it evaluates (rn_model_bind), borrowed; or NULL. */
    const struct rn_model_choice *model;
} rn_session;

/* Opening and binding mark this process as busy (rn_world_busy).
 *
 * Opens the backend of the cfg, on one device or on a list of them, and joins them with those of
 * other processes. The config and the registry outlive the session. RN_E_UNSUPPORTED where the
 * backend's collective operations cannot join them. */
rn_status rn_session_open(const rn_config *config, rn_registry *registry, rn_session **out);

/* The same on the first device alone, without other processes. */
rn_status rn_session_open_first(const rn_config *config, rn_registry *registry, rn_session **out);
void rn_session_close(rn_session *session);

/* Builds a pass for a batch size and plans it. With `keep_all` every value can be downloaded after
 * the step. The plans belong to the session. Several devices share the batch evenly; where it does
 * not divide, training is refused (RN_E_CONFIG), and rank 0 takes any other pass alone. */
rn_status rn_session_add(rn_session *session, rn_pass pass, int64_t batch, bool keep_all,
                         rn_pass_plans **out);

/* Allocates the memory on every device and prepares the kernels of the passes added so far. The
 * first pass decides which tensors are kept: add a training pass first. */
rn_status rn_session_bind(rn_session *session);

/* Takes the passes out again, which have not been bound. */
void rn_session_drop(rn_session *session);

/* The size of a pass's images; 0 x 0: the network's. */
rn_size rn_session_size(const rn_session *session, rn_pass pass);

/* The plans of a pass for this batch size, and for train_size, or NULL. */
rn_pass_plans *rn_session_find(rn_session *session, rn_pass pass, int64_t batch);

/* Do the passes of training, or those of evaluation, take rn_batch.bytes? */
bool rn_session_takes_bytes(const rn_session *session, bool of_training);

/* Seconds of the steps so far: in all, in which this process waited for other ranks, and in which
 * exchanges between processes were under way. The collective operations of a backend are not
 * known. */
typedef struct rn_session_times {
    double step_s, wait_s, exchange_s;
} rn_session_times;
rn_session_times rn_session_read_times(const rn_session *session);

/* Do other processes take the session's steps, too? */
static inline bool rn_session_is_shared(const rn_session *session)
{
    return session->shared.all > session->n_ranks;
}

/* What a rank's kept tensors and arena take, once they are bound. */
uint64_t rn_session_bytes(const rn_session *session, int32_t rank);

/* Threads that a loader may use beside the session: data.workers, or as many processors as the
 * backend leaves; at least one. */
int64_t rn_session_workers(const rn_session *session);

#endif
