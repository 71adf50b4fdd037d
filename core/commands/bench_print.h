/* bench_print.h: the results of a benchmark as text and as JSON. */
#ifndef RN_CORE_COMMANDS_BENCH_PRINT_H
#define RN_CORE_COMMANDS_BENCH_PRINT_H

#include <jansson.h>
#include <stdbool.h>

#include "commands/bench.h"
#include "commands/bench_rows.h"

/* Prints the operators in execution order, their sums by type, the device's kernels if they are
 * known, and the whole step. */
void rn_bench_print(const rn_bench_times *times, const rn_bench_rows *rows);

/* Prints how the steps compare with those of the baseline, as
 * "slower by 7.3 % (99 % interval 5.9 to 8.8)". */
#define RN_BENCH_SENTENCE 160
const char *rn_bench_sentence(const rn_bench_times *times, char text[RN_BENCH_SENTENCE]);

/* What is measured, and where: network, phase, batch, backend, precision, machine, versions.
 * NULL: no memory. */
json_t *rn_bench_about(const rn_bench_times *times, const rn_bench_options *options);

/* The whole report, which begins with `about`. */
rn_status rn_bench_print_json(const rn_bench_times *times, const rn_bench_rows *rows,
                              json_t *about);

#endif
