/* bench_source.h: where the batches of timed steps come from: a data set, or one made-up batch. */
#ifndef RN_CORE_COMMANDS_BENCH_SOURCE_H
#define RN_CORE_COMMANDS_BENCH_SOURCE_H

#include "commands/bench.h"
#include "commands/bench_loader.h"
#include "train/step.h"
#include "train/synthetic.h"

/* Zero-initialise, then set steps.session and steps.pass. */
typedef struct rn_bench_source {
    rn_synthetic made;
    rn_source *data;
    rn_bench_loader alone; /* what the loader does without steps */
    rn_steps steps;        /* the loader is owned; NULL: the made batch repeats */
} rn_bench_source;

/* Before the session has a pass: finds the data set where there is to be a loader. The caller
 * closes the source, also on failure. */
rn_status rn_bench_source_find(rn_session *session, const rn_bench_options *options,
                               rn_bench_source *source);
rn_status rn_bench_source_open(const rn_session *session, const rn_bench_options *options,
                               int64_t batch, rn_bench_source *source);
void rn_bench_source_close(rn_bench_source *source);

#endif
