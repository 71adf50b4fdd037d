/* bench_print.h: what a benchmark measured, and its tables. */
#ifndef RN_CORE_COMMANDS_BENCH_PRINT_H
#define RN_CORE_COMMANDS_BENCH_PRINT_H

#include "commands/profile.h"
#include "train/session.h"

typedef struct rn_bench_times {
    const rn_session *session;
    const rn_pass_plans *plans;
    const rn_plan *plan;       /* of rank 0 */
    double ready_ms, first_ms; /* from the start of the process to the first step, to its end */
    double median_ms, p90_ms;  /* of a step */
    double wait_ms;            /* for the loader, a step */
    double *layers_ms;         /* by launch: the median over the rounds */
    int64_t peak_bytes;        /* of the process */
    rn_profile_times *profile; /* NULL where the backend does not tell how long its device takes */
} rn_bench_times;

/* Operators in the order of the graph, then their sums by kind, then the device's kernels where
 * they are known, then the step. */
rn_status rn_bench_print(const rn_bench_times *times);
rn_status rn_bench_print_json(const rn_bench_times *times);

#endif
