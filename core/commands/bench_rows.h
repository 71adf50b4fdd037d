/* bench_rows.h: the times of operators, and their sums by type. */
#ifndef RN_CORE_COMMANDS_BENCH_ROWS_H
#define RN_CORE_COMMANDS_BENCH_ROWS_H

#include "commands/bench_times.h"

/* One operator, or the sum over the operators of one name, or over all. */
typedef struct rn_bench_row {
    const char *name;
    int32_t count;
    double ms, device_ms; /* device_ms 0: unknown */
    int64_t macs;
} rn_bench_row;

typedef struct rn_bench_rows {
    rn_bench_row *list; /* by name of the operator, the slowest first */
    int32_t count;
    rn_bench_row all;
    rn_op_answer *answers; /* by launch; they name the algorithm */
} rn_bench_rows;

/* The caller clears them, also on failure. */
rn_status rn_bench_rows_add_up(const rn_bench_times *times, rn_bench_rows *rows);
void rn_bench_rows_clear(rn_bench_rows *rows);

/* The i-th operator of a step. */
rn_bench_row rn_bench_rows_of(const rn_bench_times *times, int32_t i);

/* GFLOP/s, by the device's time where that is known. */
double rn_bench_rate(const rn_bench_row *row);

/* The label of the device, or of all devices that share the step. */
const char *rn_bench_label(const rn_bench_times *times);

#endif
