/* bisect_find.h: the first operator of a pass that is wrong by itself. */
#ifndef RN_CORE_COMPARE_BISECT_FIND_H
#define RN_CORE_COMPARE_BISECT_FIND_H

#include "compare/bisect_trial.h"
#include "train/session.h"
#include "train/step.h"

/* Zero-initialise, then set the fields that are given. */
typedef struct rn_find {
    const rn_lab *lab;
    rn_session *session;  /* bound, with its weights; its step is not taken */
    rn_pass_plans *plans; /* the pass */
    const rn_batch *batch;
    const rn_step_params *params;
    int64_t n_runs;                  /* of each operator */
    int64_t n_operators, n_declined; /* results: tried, and declined in this form by one of both */
    bool found;
    bool out_of_time; /* before the last operator */
} rn_find;

/* Walks the pass in its order: each operator runs alone, on the device under test and on the
 * reference, with the same inputs, which are what the reference has computed. Ends at the first
 * that fails: `found`, `c` and `trial` are set. The caller clears both, also on failure. */
rn_status rn_find_first(rn_find *find, rn_case *c, rn_trial *trial);

#endif
