/* bench.h: how fast a network runs on a backend. */
#ifndef RN_CORE_COMMANDS_BENCH_H
#define RN_CORE_COMMANDS_BENCH_H

#include "config/config.h"
#include "plugin/registry.h"
#include "train/model.h"

typedef struct rn_bench_options {
    int64_t batch;   /* 0: the cfg's */
    int64_t steps;   /* timed */
    int64_t warmup;  /* untimed, before the timed ones */
    bool train_step; /* else inference */
    bool loader;   /* batches from the data set through the loader; else one batch of the host's */
    bool resident; /* that one batch is copied once, and stays on the devices */
    bool json;
    rn_model_choice model; /* of parameters; without a path they have initial values */
    const char *baseline;  /* an earlier report as JSON to compare with; NULL: none */
    bool fails;            /* where steps are slower than the baseline's by more than: */
    double fail_above;     /* percent */
    const char *trace;     /* the file for a time axis; NULL: none */
    uint64_t start_ns;     /* of the process, by rn_host's time_ns */
} rn_bench_options;

/* Prints the percentiles of a step, rates, parts, memory, and tables of time by operator and by
 * type of operator. RN_E_MISMATCH where the steps are slower than options->fail_above allows. */
rn_status rn_bench(const rn_config *config, rn_registry *registry, const rn_bench_options *options);

#endif
