/* ranks.h: shared by the files of the test backend "ranks": the reference's operators on up to 8
 * devices that take steps together, and recordings in memory. It checks the rules that the core
 * must keep, and fails where one is broken.
 *
 * With RANKS_BY=core in the environment it has no collective operations, so that the core exchanges
 * what ranks exchange; with RANKS_BY=core,host its memory is also said to be the host's. */
#ifndef RN_TESTS_RANKS_H
#define RN_TESTS_RANKS_H

#include <resnet/capture.h>
#include <resnet/collective.h>
#include <resnet/host_memory.h>
#include <resnet/rank_sums.h>

#include "reference/reference.h"

#define RANKS_MAX 8
#define RANKS_MAX_PENDING 1024

typedef struct ranks_group ranks_group;

/* A tensor to be replaced by its mean over the ranks. */
typedef struct ranks_pending {
    float *values;
    int64_t count;
} ranks_pending;

/* A context's data in addition to the reference's. */
typedef struct ranks_state {
    int32_t device;     /* its index */
    int32_t rank;       /* within its group */
    ranks_group *group; /* NULL: not joined */
    rn_rank_sum *sum;   /* the core's, with its argument and the number of ranks; NULL: none */
    void *argument;
    int32_t n_summed;
    ranks_pending pending[RANKS_MAX_PENDING];
    int32_t n_pending;
    rn_status status; /* of the running operator, which can fail when exchanging sums */
    bool is_recording;
    rn_recording *recordings; /* list of live recordings, first the one being made */
    int64_t n_runs;
} ranks_state;

static inline ranks_state *ranks_state_of(const rn_context *context)
{
    return context->state;
}

/* True if this call must fail: RANKS_FAULT in the environment is "DEVICE:WHAT:COUNT" and this is
 * call number COUNT (from 1) of WHAT on that device. [any] */
bool ranks_fault(ranks_state *state, const char *what);

/* ---- group.c ---- */

/* Adds `count` numbers of all ranks, in rank order, so that all get the same bits. Waits for the
 * others; RN_E_DEVICE if one was interrupted. `what` and `count` must be the same on each rank. */
rn_status ranks_sum(ranks_state *state, const char *what, double *values, int64_t count);

int32_t ranks_count(const ranks_state *state);

/* Has it joined others, by itself or by the core? */
bool ranks_has_others(const ranks_state *state);

/* Replaces pending tensors by their means. */
rn_status ranks_flush(ranks_state *state);

/* Aborts if, when the first rank leaves, any rank has a live recording. */
void ranks_leave(ranks_state *state);

extern const rn_collective ranks_collective;
extern const rn_rank_sums ranks_by_core;

/* ---- capture.c ---- */

extern const rn_capture ranks_capture;

/* Adds a run to the recording being made. */
rn_status ranks_record(ranks_state *state, rn_kernel *kernel, const rn_operand *operands,
                       rn_operand workspace);

/* Aborts if a live recording uses the kernel. */
void ranks_check_unused(const ranks_state *state, const rn_kernel *kernel);

/* Runs one kernel immediately. */
rn_status ranks_run_now(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                        rn_operand workspace);

/* ---- layout.c, norm.c, reduce.c ---- */

extern const cpu_operator ranks_conv2d_grad_weight, ranks_reorder;
extern const cpu_operator ranks_batch_norm, ranks_batch_norm_grad, ranks_all_reduce;

#endif
