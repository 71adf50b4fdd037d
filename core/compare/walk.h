/* walk.h: takes a step operator by operator, and shows each tensor as soon as it is computed, so
 * that only one of them is in host memory at a time, and the backend needs no more than in a
 * usual step. */
#ifndef RN_CORE_COMPARE_WALK_H
#define RN_CORE_COMPARE_WALK_H

#include "compare/traced.h"
#include "train/step.h"

/* Finds the reference's values of a tensor. RN_E_UNSUPPORTED where it has none (merged
 * operators): the operator then reads what this backend computed. */
typedef rn_status rn_walk_fetch(void *context, rn_traced_kind kind, const char *name, int64_t count,
                                float *values);

/* Zero-initialise, then set the fields. */
typedef struct rn_walk {
    rn_session *session;
    rn_pass_plans *plans;
    const rn_batch *batch;
    const rn_step_params *params;
    const char *layers;   /* a shell pattern: the tensors that are visited; NULL: all */
    rn_walk_fetch *fetch; /* isolated: where each operator's inputs come from; NULL: chained */
    double noise; /* share by which each result is moved at random, or, if isolated, each input;
                     0: none. Needs `fetch_clean` */
    rn_walk_fetch *fetch_clean; /* the values of the run without noise */
    rn_traced_visit *visit;
    void *context; /* of visit and fetch */
} rn_walk;

/* Visits forward results, gradients and masks in the order of computation, then the kept tensors
 * that the step changed. */
rn_status rn_walk_run(const rn_walk *walk);

#endif
