/* bench_print.h: the results of a benchmark, and their tables. */
#ifndef RN_CORE_COMMANDS_BENCH_PRINT_H
#define RN_CORE_COMMANDS_BENCH_PRINT_H

#include "commands/bench_loader.h"
#include "commands/profile.h"
#include "train/session.h"

typedef struct rn_bench_times {
    const rn_session *session;
    const rn_pass_plans *plans;
    const rn_plan *plan; /* of rank 0 */
    double ready_ms,
        first_ms; /* from the start of the process to the start and end of the first step */
    double median_ms, p90_ms;      /* of a step */
    double wait_ms;                /* for the loader, per step */
    const rn_bench_loader *loader; /* NULL: one resident batch */
    double *layers_ms;             /* by launch: the median over the rounds */
    int64_t peak_bytes;            /* of the process */
    rn_profile_times *profile;     /* NULL: the backend does not measure the times of its device */
} rn_bench_times;

/* Print the operators in execution order, their sums by type, the device's kernels if they are
 * known, and the whole step. */
rn_status rn_bench_print(const rn_bench_times *times);
rn_status rn_bench_print_json(const rn_bench_times *times);

#endif
