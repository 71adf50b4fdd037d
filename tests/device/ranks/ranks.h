/* ranks.h: what the files of the test backend "ranks" share: the reference's operators on up to 8
 * devices that take steps together, and recordings in memory. It checks what the core must keep to,
 * and fails where it does not. */
#ifndef RN_TESTS_RANKS_H
#define RN_TESTS_RANKS_H

#include <resnet/capture.h>
#include <resnet/collective.h>

#include "reference/reference.h"

#define RANKS_MAX 8
#define RANKS_MAX_PENDING 1024

typedef struct ranks_group ranks_group;

/* Tensors whose mean over the ranks is due. */
typedef struct ranks_pending {
    float *values;
    int64_t count;
} ranks_pending;

/* What a context has besides the reference's. */
typedef struct ranks_own {
    int32_t device;     /* its number */
    int32_t rank;       /* in its group */
    ranks_group *group; /* NULL: alone */
    ranks_pending pending[RANKS_MAX_PENDING];
    int32_t n_pending;
    rn_status status; /* of the operator that runs; one that exchanges sums may fail */
    bool is_recording;
    rn_recording *recordings; /* those that live, and the one that is being made, a list */
    int64_t n_runs;
} ranks_own;

static inline ranks_own *ranks_own_of(const rn_context *context)
{
    return context->own;
}

/* RANKS_FAULT in the environment is "NUMBER:WHAT:COUNT": on the device of that number, at its call
 * of that count (from 1) that is WHAT. Is it this one? [any] */
bool ranks_fault(ranks_own *own, const char *what);

/* ---- group.c ---- */

/* Adds up `count` numbers of each rank, in the order of ranks, so that all get the same bits. Waits
 * for the others. RN_E_DEVICE where one was interrupted. `what` and `count` must be the same on
 * each rank. */
rn_status ranks_sum(ranks_own *own, const char *what, double *values, int64_t count);

int32_t ranks_count(const ranks_own *own);

/* Replaces what is pending by its means. */
rn_status ranks_flush(ranks_own *own);

/* Stops the program where the first to leave finds a living recording of any rank. */
void ranks_leave(ranks_own *own);

extern const rn_collective ranks_collective;

/* ---- capture.c ---- */

extern const rn_capture ranks_capture;

/* Keeps a run, while the context records. */
rn_status ranks_record(ranks_own *own, rn_kernel *kernel, const rn_operand *operands,
                       rn_operand workspace);

/* Stops the program where a living recording has the kernel. */
void ranks_check_unused(const ranks_own *own, const rn_kernel *kernel);

/* One run, at once. */
rn_status ranks_run_now(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                        rn_operand workspace);

/* ---- layout.c, norm.c, reduce.c ---- */

extern const cpu_operator ranks_conv2d_grad_weight, ranks_reorder;
extern const cpu_operator ranks_batch_norm, ranks_batch_norm_grad, ranks_all_reduce;

#endif
