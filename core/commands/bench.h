/* bench.h: how fast a network runs on a backend. */
#ifndef RN_CORE_COMMANDS_BENCH_H
#define RN_CORE_COMMANDS_BENCH_H

#include "config/config.h"
#include "plugin/registry.h"

typedef struct rn_bench_options {
    int64_t batch;   /* 0: the cfg's */
    int64_t steps;   /* timed */
    int64_t warmup;  /* untimed, before */
    bool train_step; /* else inference */
    bool loader;     /* batches from the data set through the loader; else one resident batch */
    bool json;
    uint64_t start_ns; /* of the process, by rn_host's time_ns */
} rn_bench_options;

/* Prints median, 90th percentile, images/s, effective GFLOP/s (multiply-adds of direct convolution,
 * times two, over the time), peak memory, and tables of time by operator, by operators of one kind,
 * and how much of a step these explain. */
rn_status rn_bench(const rn_config *config, rn_registry *registry, const rn_bench_options *options);

#endif
