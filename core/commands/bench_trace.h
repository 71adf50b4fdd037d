/* bench_trace.h: a benchmark on a time axis, for chrome://tracing and https://ui.perfetto.dev. */
#ifndef RN_CORE_COMMANDS_BENCH_TRACE_H
#define RN_CORE_COMMANDS_BENCH_TRACE_H

#include <jansson.h>

#include "commands/bench_rows.h"

/* Writes a file in the Trace Event Format: timed steps, copies, operators one by one, and the
 * device's kernels where they are known. `about`: rn_bench_about. */
rn_status rn_bench_trace_write(const char *path, const rn_bench_times *times,
                               const rn_bench_rows *rows, json_t *about);

#endif
