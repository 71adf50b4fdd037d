/* bisect_reduce.h: makes a failing operator small while it fails in the same way. */
#ifndef RN_CORE_COMPARE_BISECT_REDUCE_H
#define RN_CORE_COMPARE_BISECT_REDUCE_H

#include "compare/bisect_trial.h"

typedef struct rn_reduction {
    const rn_lab *lab;
    rn_goal goal;
    int64_t n_runs; /* of each trial, as many as it takes to see a fault that is not in every run */
    int64_t n_trials, n_taken; /* so far: forms that were tried, and that failed as well */
    bool out_of_time;
} rn_reduction;

/* How often an operator has to run for a fault that was in so many of so many runs to show with a
 * probability of 99 %. */
int64_t rn_reduce_runs(int64_t n_failed, int64_t n_runs);

/* Replaces the case by the smallest form that was found, and the trial by its trial. */
rn_status rn_reduce(rn_reduction *reduction, rn_case *c, rn_trial *trial);

#endif
