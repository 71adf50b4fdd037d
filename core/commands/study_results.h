/* study_results.h: what the complete runs of a study show, variant by variant. */
#ifndef RN_CORE_COMMANDS_STUDY_RESULTS_H
#define RN_CORE_COMMANDS_STUDY_RESULTS_H

#include <stdio.h>

#include "base/welch.h"
#include "commands/study_plan.h"

#define RN_STUDY_CSV_FILE "study.csv"
#define RN_STUDY_JSON_FILE "study.json"

typedef struct rn_study_result {
    rn_sample sample;  /* of the metric, over the complete runs */
    double difference; /* of the mean from the first variant's; NaN: it is the first, or unknown */
    rn_welch test;     /* against the first variant; NaN likewise */
} rn_study_result;

/* Of variant i. */
rn_study_result rn_study_result_of(const rn_study *study, int i);

/* A row for each variant. */
void rn_study_print(FILE *out, const rn_study *study);

/* Everything, as JSON. */
rn_status rn_study_print_json(FILE *out, const rn_study *study);

/* Writes study.csv, a row for each run, and study.json. */
rn_status rn_study_write(const rn_study *study);

#endif
