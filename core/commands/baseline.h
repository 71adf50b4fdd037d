/* baseline.h: an earlier report of bench, with which another one is compared. */
#ifndef RN_CORE_COMMANDS_BASELINE_H
#define RN_CORE_COMMANDS_BASELINE_H

#include <jansson.h>
#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise. */
typedef struct rn_baseline {
    const char *path;
    json_t *report;
    double *times_ms; /* n_steps, in their order */
    int64_t n_steps;
} rn_baseline;

/* Reads a file that `bench --json` wrote. RN_E_DATA says what it is instead. The caller clears the
 * baseline, also on failure. */
rn_status rn_baseline_read(const char *path, rn_baseline *baseline);
void rn_baseline_clear(rn_baseline *baseline);

/* Compares what was measured and where with that of this run (rn_bench_about). Differences are
 * warnings; with `is_strict`, those that make other times likely are RN_E_DATA. */
rn_status rn_baseline_check(const rn_baseline *baseline, const json_t *about, bool is_strict);

#endif
