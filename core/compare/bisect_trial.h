/* bisect_trial.h: an operator alone on the device under test, beside the reference. */
#ifndef RN_CORE_COMPARE_BISECT_TRIAL_H
#define RN_CORE_COMPARE_BISECT_TRIAL_H

#include "compare/bisect_alone.h"
#include "compare/verdict.h"

/* Where operators are tried. */
typedef struct rn_lab {
    rn_device *tested, *reference;
    int32_t precision; /* rn_precision that `tested` was asked for */
    uint64_t end_ns;   /* when the work is to end (rn_host.time_ns); 0: never */
} rn_lab;

bool rn_lab_is_over(const rn_lab *lab);

/* What is wrong with one operand. */
typedef struct rn_finding {
    rn_verdict verdict;
    rn_measures measures;
    double limit, noise; /* of rn_judged */
} rn_finding;

/* Zero-initialise it. */
typedef struct rn_trial {
    rn_case_results expected;
    rn_case_results found;                /* of the first run that failed, else of the last */
    rn_finding findings[RN_MAX_OPERANDS]; /* of the same run */
    int32_t operand;                      /* the one with the worst verdict; -1: none fails */
    int64_t n_runs, n_failed;
    bool differs; /* not all runs had the same bits */
    bool outside; /* a run has written outside of its operands */
} rn_trial;

/* What a trial is to show. */
typedef struct rn_goal {
    int32_t operand;    /* that fails; -1: any, or that a run writes outside of its operands */
    rn_verdict verdict; /* in this way; see rn_goal_is_met */
    bool every_run;     /* go on after a run that failed, to count them */
} rn_goal;

/* Sets what is expected, and the limits and the noise of the findings. */
rn_status rn_trial_expect(const rn_lab *lab, const rn_case *c, rn_trial *trial);

/* Runs the operator up to `n_runs` times, and judges each run by what is expected. */
rn_status rn_trial_run(const rn_lab *lab, const rn_case *c, const rn_goal *goal, int64_t n_runs,
                       rn_trial *trial);

/* Whether the operand fails in the same way: wrong, or by a precision that is too low. */
bool rn_goal_is_met(const rn_goal *goal, const rn_trial *trial);

void rn_trial_clear(rn_trial *trial);

#endif
