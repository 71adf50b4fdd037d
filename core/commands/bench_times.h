/* bench_times.h: what a benchmark has measured. */
#ifndef RN_CORE_COMMANDS_BENCH_TIMES_H
#define RN_CORE_COMMANDS_BENCH_TIMES_H

#include "commands/bench_loader.h"
#include "commands/bench_ranks.h"
#include "compare/machine.h"
#include "compare/profile.h"
#include "compare/slower.h"
#include "compare/speed.h"

/* A time on the clock of rn_host. */
typedef struct rn_bench_span {
    uint64_t start_ns;
    double ms;
} rn_bench_span;

typedef struct rn_bench_times {
    const rn_session *session;
    const rn_pass_plans *plans;
    const rn_plan *plan; /* of rank 0 */
    rn_machine machine;
    rn_speed speed;
    rn_bench_ranks ranks;
    double ready_ms;       /* from the start of the process to that of the first step */
    double wait_ms;        /* for the loader, per step */
    double enqueue_ms;     /* of a step: until the device had it */
    double result_wait_ms; /* of a step: then for its results; the loss, and what is asked */
    const rn_bench_loader *loader;  /* NULL: one batch that repeats */
    int64_t peak_bytes;             /* of the process */
    rn_bench_span *steps;           /* by timed step: when each was */
    double *enqueues_ms, *waits_ms; /* by timed step */
    int64_t n_rounds;          /* steps that were timed operator by operator; 0: several devices */
    rn_bench_span *rounds;     /* by round: the copies before it and its operators */
    double *rounds_ms;         /* by round, then by launch */
    double *layers_ms;         /* by launch: the median over the rounds */
    rn_profile_times *profile; /* NULL: the backend does not measure the times of its device */
    const char *baseline;      /* the file that `slower` is about; NULL: none */
    rn_slower slower;
} rn_bench_times;

#endif
