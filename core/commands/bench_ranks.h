/* bench_ranks.h: how well steps scale over ranks, and what the exchange between processes costs. */
#ifndef RN_CORE_COMMANDS_BENCH_RANKS_H
#define RN_CORE_COMMANDS_BENCH_RANKS_H

#include <jansson.h>

#include "compare/speed.h"
#include "world/world.h"

/* X(field, meaning), by the step unless it says otherwise; NaN where it is not known, as of the
 * exchanges of a backend's own collective operations. Reports use these names. */
#define RN_BENCH_RANKS_FIELDS(X)                                                                   \
    X(alone_ms, "of one rank with its part of the batch, which exchanges nothing; all at once")    \
    X(efficiency, "alone_ms as a part of the step")                                                \
    X(megabytes, "exchanged by a process")                                                         \
    X(exchange_ms, "in which exchanges were under way")                                            \
    X(wait_ms, "in which nothing else was done")                                                   \
    X(hidden, "the part of exchange_ms in which something else was done")                          \
    X(gb_per_s, "of exchanges under way")                                                          \
    X(plain_ms, "the transport's sum of as many bytes, with nothing beside it")                    \
    X(plain_gb_per_s, "of that")

typedef struct rn_bench_ranks {
    int32_t n_ranks, n_processes; /* n_ranks 1: nothing is known */
#define RN_BENCH_RANKS_FIELD(field, meaning) double field;
    RN_BENCH_RANKS_FIELDS(RN_BENCH_RANKS_FIELD)
#undef RN_BENCH_RANKS_FIELD
    rn_session_times before; /* when the timed steps began */
    uint64_t bytes_before;
} rn_bench_ranks;

/* Times the steps of a rank alone, before `shared` has plans, so that memory holds one kind only.
 * `pass` and `batch` are those of the shared step, of which n_ranks have a part each; `resident`:
 * it stays on the device. */
rn_status rn_bench_ranks_alone(const rn_session *shared, rn_pass pass, int64_t batch, bool resident,
                               int64_t n_steps, rn_bench_ranks *ranks);

/* Just before and just after the timed steps. The end also times the plain sums. */
void rn_bench_ranks_begin(const rn_session *session, rn_bench_ranks *ranks);
rn_status rn_bench_ranks_end(const rn_session *session, const rn_speed *speed,
                             rn_bench_ranks *ranks);

void rn_bench_ranks_print(const rn_bench_ranks *ranks);
json_t *rn_bench_ranks_json(const rn_bench_ranks *ranks);

#endif
