/* speed.c: times steps, and then their parts. */
#include "compare/speed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/median.h"
#include "base/status.h"
#include "compare/energy.h"
#include "compare/peak.h"
#include "compare/profile.h"
#include "device/calls.h"
#include "graph/op.h"

#define LEAST_STEPS 3
#define WARM_UP_STEPS 3 /* a backend may record the second */
#define MAX_ROUNDS 5    /* of the parts */
#define ROUNDS_MS 1000.0
#define ENERGY_MS 500.0 /* counters are brought up to date every 1 to 100 ms */

static const rn_step_params step_params = { 0 };

static double now_ms(void)
{
    return (double)rn_host_table()->time_ns() * 1e-6;
}

/* ---- Whole steps ---- */

rn_status rn_speed_start(int64_t n_steps, rn_speed *speed)
{
    *speed = (rn_speed){ .times_ms = calloc((size_t)n_steps + 1, sizeof *speed->times_ms) };
#define UNKNOWN(field, meaning) speed->field = NAN;
    RN_SPEED_FIELDS(UNKNOWN)
#undef UNKNOWN
    return speed->times_ms ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the timings");
}

void rn_speed_clear(rn_speed *speed)
{
    free(speed->times_ms);
    *speed = (rn_speed){ 0 };
}

int64_t rn_speed_macs(const rn_node *node)
{
    rn_cost cost = { 0 };
    if (node->op->rule->cost)
        node->op->rule->cost(node, &cost);
    return cost.macs;
}

static double step_gflop(const rn_pass_plans *plans)
{
    double macs = 0;
    for (int32_t rank = 0; rank < plans->n_ranks; rank++)
        for (int32_t i = 0; i < plans->by_rank[rank]->n_launches; i++)
            macs += (double)rn_speed_macs(plans->by_rank[rank]->launches[i].node);
    return 2e-9 * macs * plans->n_parts;
}

rn_status rn_speed_sum_up(const rn_pass_plans *plans, rn_speed *speed)
{
    int64_t n = speed->n_steps;
    double *sorted = malloc((size_t)n * sizeof *sorted);
    if (!sorted)
        return rn_fail(RN_E_NOMEM, "no memory for the timings");
    memcpy(sorted, speed->times_ms, (size_t)n * sizeof *sorted);
    speed->median_ms = rn_median_of(sorted, n);
    speed->p90_ms = rn_percentile_of(sorted, n, 90);
    speed->p99_ms = rn_percentile_of(sorted, n, 99);
    speed->images_per_s = (double)plans->batch * 1e3 / speed->median_ms;
    speed->gflop_per_s = step_gflop(plans) * 1e3 / speed->median_ms;
    free(sorted);
    return RN_OK;
}

static rn_status time_step(rn_steps *steps, double *ms)
{
    rn_step_result result;
    double start_ms = now_ms();
    rn_status status = rn_step_next(steps, &step_params, &result);
    *ms = now_ms() - start_ms;
    return status;
}

/* Takes the first steps, of which the first of all counts apart. */
static rn_status warm_up(rn_steps *steps, const rn_pass_plans *plans, double limit_ms,
                         rn_speed *speed)
{
    bool is_first = plans->by_rank[0]->constant_version == 0;
    double spent_ms = 0, ms = 0;
    for (int i = 0; i < WARM_UP_STEPS && (i == 0 || spent_ms < limit_ms / 2); i++) {
        rn_status status = time_step(steps, &ms);
        if (status)
            return status;
        if (i == 0 && is_first)
            speed->first_ms = ms;
        spent_ms += ms;
    }
    return RN_OK;
}

static rn_status time_steps(rn_steps *steps, int64_t n_steps, double limit_ms, rn_speed *speed)
{
    double spent_ms = 0;
    for (int64_t n = 0; n < n_steps && (n < LEAST_STEPS || spent_ms < limit_ms); n++) {
        rn_status status = time_step(steps, &speed->times_ms[n]);
        if (status)
            return status;
        spent_ms += speed->times_ms[n];
        speed->n_steps = n + 1;
    }
    return RN_OK;
}

/* ---- Parts of a step ---- */

static rn_status synchronize(const rn_pass_plans *plans)
{
    rn_status status = RN_OK;
    for (int32_t rank = 0; rank < plans->n_ranks && !status; rank++)
        status = rn_device_synchronize(plans->by_rank[rank]->device);
    return status;
}

/* Milliseconds since *from, once the devices have done everything; sets *from to now. */
static rn_status lap(const rn_pass_plans *plans, double *from, double *ms)
{
    rn_status status = synchronize(plans);
    double now = now_ms();
    *ms = now - *from;
    *from = now;
    return status;
}

/* A step whose parts wait for each other. */
static rn_status take_apart(rn_session *session, rn_pass_plans *plans, const rn_batch *batch,
                            double *upload_ms, double *compute_ms, double *download_ms)
{
    rn_step_result result;
    rn_status status = synchronize(plans);
    double from = now_ms();
    if (!status)
        status = rn_step_feed(session, plans, batch);
    if (!status)
        status = lap(plans, &from, upload_ms);
    if (!status)
        status = rn_step_begin(session, plans, batch, &step_params);
    if (!status)
        status = lap(plans, &from, compute_ms);
    if (!status)
        status = rn_step_end(session, plans, batch, &result);
    *download_ms = now_ms() - from;
    return status;
}

/* Processes that share steps take the same number, whatever their clocks say. */
static bool is_shared(const rn_pass_plans *plans)
{
    return plans->n_all > plans->n_ranks;
}

/* How often a step is taken apart: once, or for about a second. */
static int32_t n_rounds(const rn_pass_plans *plans, const rn_speed *speed)
{
    double n = is_shared(plans) ? 1 : ROUNDS_MS / speed->median_ms;
    return n > MAX_ROUNDS ? MAX_ROUNDS : n < 1 ? 1 : (int32_t)n;
}

static rn_status measure_transfers(rn_session *session, rn_pass_plans *plans, const rn_batch *batch,
                                   rn_speed *speed)
{
    double upload_ms[MAX_ROUNDS], compute_ms[MAX_ROUNDS], download_ms[MAX_ROUNDS];
    int32_t n = n_rounds(plans, speed);
    for (int32_t i = 0; i < n; i++) {
        rn_status status =
            take_apart(session, plans, batch, &upload_ms[i], &compute_ms[i], &download_ms[i]);
        if (status)
            return status;
    }
    speed->upload_ms = rn_median_of(upload_ms, n);
    speed->compute_ms = rn_median_of(compute_ms, n);
    speed->download_ms = rn_median_of(download_ms, n);
    return RN_OK;
}

static rn_status measure_energy(rn_session *session, rn_pass_plans *plans, const rn_batch *batch,
                                rn_speed *speed)
{
    rn_energy energy = { .root = "", .library = RN_NVML_LIBRARY };
    rn_steps steps = { .session = session, .pass = plans->pass, .next = *batch };
    rn_status status = RN_OK;
    double spent_ms = 0, ms = 0;
    int64_t n = 0;
    if (is_shared(plans))
        return RN_OK;
    rn_energy_start(&energy, &plans->by_rank[0]->device->info, plans->n_ranks);
    for (; energy.source && spent_ms < ENERGY_MS && !status; n++) {
        status = time_step(&steps, &ms);
        spent_ms += ms;
    }
    if (n && !status)
        speed->joules = rn_energy_joules(&energy) / (double)n;
    speed->energy_of = energy.source;
    rn_energy_close(&energy);
    return status;
}

static double memory_of(const rn_session *session, const rn_pass_plans *plans)
{
    double bytes = 0;
    for (int32_t rank = 0; rank < plans->n_ranks; rank++)
        bytes += (double)rn_session_bytes(session, rank) +
                 (double)plans->by_rank[rank]->memory->constant_bytes;
    return bytes;
}

rn_status rn_speed_add_parts(rn_session *session, rn_pass_plans *plans, const rn_batch *batch,
                             rn_speed *speed)
{
    speed->memory_bytes = memory_of(session, plans);
    rn_status status = measure_transfers(session, plans, batch, speed);
    if (status)
        return status;
    status = measure_energy(session, plans, batch, speed);
    if (status)
        return status;
    status = rn_peak_measure(plans->by_rank[0]->device, &speed->peak_gflop_per_s);
    speed->peak_gflop_per_s *= plans->n_all;
    return status;
}

static rn_status measure_device(rn_pass_plans *plans, const rn_batch *batch, rn_speed *speed)
{
    rn_profile_times *profile = NULL;
    if (plans->n_all > 1)
        return RN_OK;
    rn_status status =
        rn_profile_measure(plans, batch, &step_params, n_rounds(plans, speed), &profile);
    if (profile)
        speed->device_ms = profile->ms;
    rn_profile_destroy(profile);
    return status;
}

rn_status rn_speed_measure(rn_session *session, rn_pass_plans *plans, const rn_batch *batch,
                           int64_t n_steps, double limit_ms, rn_speed *speed)
{
    rn_steps steps = { .session = session, .pass = plans->pass, .next = *batch };
    if (n_steps < LEAST_STEPS)
        n_steps = LEAST_STEPS;
    rn_status status = rn_speed_start(n_steps, speed);
    if (status)
        return status;
    status = warm_up(&steps, plans, limit_ms, speed);
    if (status)
        return status;
    status = time_steps(&steps, n_steps, limit_ms, speed);
    if (status)
        return status;
    status = rn_speed_sum_up(plans, speed);
    if (status)
        return status;
    status = measure_device(plans, batch, speed);
    return status ? status : rn_speed_add_parts(session, plans, batch, speed);
}
