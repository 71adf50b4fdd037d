/* bench_ranks.c: steps of ranks that exchange nothing, exchanges with nothing beside them, and what
 * both tell of the steps that were timed. */
#include "commands/bench_ranks.h"

#include <math.h>
#include <stdlib.h>

#include "base/median.h"
#include "base/status.h"
#include "base/text.h"
#include "train/synthetic.h"

#define PLAIN_ROUNDS 5

/* ---- A rank alone ---- */

static rn_status time_alone(rn_session *session, rn_pass pass, int64_t batch, bool resident,
                            int64_t n_steps, double *ms)
{
    rn_pass_plans *plans = NULL;
    rn_synthetic images = { 0 };
    rn_speed speed = { 0 };
    const rn_config *config = session->config;
    rn_status status = rn_session_add(session, pass, batch, false, &plans);
    if (!status)
        status = rn_session_bind(session);
    if (!status)
        status =
            rn_store_initialise(session->store, config->network.init, (uint64_t)config->run.seed);
    if (!status)
        status = rn_synthetic_make(config, batch, &images);
    images.batch.stays = resident;
    if (!status)
        status = rn_world_barrier(); /* those of a host share its memory and processors */
    if (!status)
        status = rn_speed_measure(session, plans, &images.batch, n_steps, INFINITY, &speed);
    *ms = speed.median_ms;
    rn_speed_clear(&speed);
    rn_synthetic_clear(&images);
    return status;
}

rn_status rn_bench_ranks_alone(const rn_session *shared, rn_pass pass, int64_t batch, bool resident,
                               int64_t n_steps, rn_bench_ranks *ranks)
{
    rn_session *session = NULL;
    int32_t n_processes = rn_world_get()->n_processes;
    rn_status status = rn_session_open_first(shared->config, shared->registry, &session);
    if (!status)
        status =
            time_alone(session, pass, batch / ranks->n_ranks, resident, n_steps, &ranks->alone_ms);
    rn_session_close(session);
    if (status)
        return status;
    return rn_world_add_up(0, RN_TRANSPORT_F64, &ranks->alone_ms, 1, 1.0 / n_processes);
}

/* ---- Exchanges ---- */

static double now_ms(void)
{
    return (double)rn_host_table()->time_ns() * 1e-6;
}

/* The median of sums of zeros. */
static rn_status time_plain(int64_t count, double *ms)
{
    double times_ms[PLAIN_ROUNDS];
    float *values = calloc((size_t)count, sizeof *values);
    if (!values)
        return rn_fail(RN_E_NOMEM, "no memory to time an exchange");
    rn_status status = RN_OK;
    for (int i = 0; i < PLAIN_ROUNDS && !status; i++) {
        double start_ms = now_ms();
        status = rn_world_add_up(0, RN_TRANSPORT_F32, values, (uint64_t)count, 1);
        times_ms[i] = now_ms() - start_ms;
    }
    free(values);
    *ms = status ? NAN : rn_median_of(times_ms, PLAIN_ROUNDS);
    return status;
}

void rn_bench_ranks_begin(const rn_session *session, rn_bench_ranks *ranks)
{
    ranks->before = rn_session_read_times(session);
    ranks->bytes_before = rn_world_read_times().bytes;
}

static void set_unknown(rn_bench_ranks *ranks)
{
    ranks->megabytes = ranks->exchange_ms = ranks->wait_ms = ranks->hidden = NAN;
    ranks->gb_per_s = ranks->plain_ms = ranks->plain_gb_per_s = NAN;
}

rn_status rn_bench_ranks_end(const rn_session *session, const rn_speed *speed,
                             rn_bench_ranks *ranks)
{
    const rn_session_times *before = &ranks->before, now = rn_session_read_times(session);
    double per_step = 1 / (double)speed->n_steps;
    double bytes = (double)(rn_world_read_times().bytes - ranks->bytes_before) * per_step;
    ranks->n_processes = rn_world_get()->n_processes;
    ranks->efficiency = ranks->alone_ms / speed->median_ms;
    set_unknown(ranks);
    if (now.exchange_s <= before->exchange_s || bytes < sizeof(float))
        return RN_OK;
    ranks->megabytes = bytes * 1e-6;
    ranks->exchange_ms = (now.exchange_s - before->exchange_s) * 1e3 * per_step;
    ranks->wait_ms = (now.wait_s - before->wait_s) * 1e3 * per_step;
    ranks->hidden = fmax(0, 1 - ranks->wait_ms / ranks->exchange_ms);
    ranks->gb_per_s = ranks->megabytes / ranks->exchange_ms;
    rn_status status = time_plain((int64_t)bytes / (int64_t)sizeof(float), &ranks->plain_ms);
    ranks->plain_gb_per_s = ranks->megabytes / ranks->plain_ms;
    return status;
}

/* ---- Reports ---- */

void rn_bench_ranks_print(const rn_bench_ranks *r)
{
    rn_print(stdout,
             "%d ranks in %d processes: %.1f%% of the speed of as many that exchange nothing, "
             "whose step takes %.2f ms\n",
             r->n_ranks, r->n_processes, 100 * r->efficiency, r->alone_ms);
    if (isnan(r->exchange_ms))
        return;
    rn_print(stdout, "exchange: %.2f MB a step, %.2f ms (%.2f GB/s), of which %.0f%% is hidden; ",
             r->megabytes, r->exchange_ms, r->gb_per_s, 100 * r->hidden);
    rn_print(stdout, "a plain sum of as many bytes takes %.2f ms (%.2f GB/s)\n", r->plain_ms,
             r->plain_gb_per_s);
}

json_t *rn_bench_ranks_json(const rn_bench_ranks *r)
{
    json_t *json = json_pack("{s:i, s:i}", "ranks", r->n_ranks, "processes", r->n_processes);
#define RN_BENCH_RANKS_SET(field, meaning)                                                         \
    json_object_set_new(json, #field, isnan(r->field) ? json_null() : json_real(r->field));
    RN_BENCH_RANKS_FIELDS(RN_BENCH_RANKS_SET)
#undef RN_BENCH_RANKS_SET
    return json;
}
