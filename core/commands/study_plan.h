/* study_plan.h: the runs of a study: each variant with each seed. */
#ifndef RN_CORE_COMMANDS_STUDY_PLAN_H
#define RN_CORE_COMMANDS_STUDY_PLAN_H

#include "commands/study.h"
#include "commands/study_run.h"
#include "config/variants.h"

typedef struct rn_study {
    const rn_config *config;
    const rn_study_options *options;
    const char *series[RN_STUDY_MAX_SERIES]; /* columns of the metrics; the metric first */
    int n_series;
    rn_variants variants;
    rn_study_run *runs; /* those of a variant one after the other, in the order of the seeds */
    int n_runs;
} rn_study;

/* Reads the cfg of each run, so that one with a mistake is found before anything is trained, and
 * finds out how far each is. rn_study_clear also after a failure. */
rn_status rn_study_plan(const rn_config *config, const rn_study_options *options, rn_study *study);
void rn_study_clear(rn_study *study);

/* Run k of variant i. */
rn_study_run *rn_study_run_of(const rn_study *study, int i, int64_t k);

int rn_study_count(const rn_study *study, rn_study_state state);

#endif
