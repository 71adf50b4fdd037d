/* bench.c: times steps. Whole steps are timed as in training, with the copy of the next batch
 * beside each. On one device there are two further measurements. Rounds that time operators one by
 * one, waiting after each, are spread between the steps, so that a drift of the machine affects
 * both; on an asynchronous device their sum exceeds the time of a step. Finally, if the backend
 * offers it, the device times steps itself, which may slow them down. */
#include "commands/bench.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/median.h"
#include "base/status.h"
#include "commands/baseline.h"
#include "commands/bench_print.h"
#include "commands/bench_source.h"
#include "commands/bench_trace.h"

#define ROUNDS RN_PROFILE_ROUNDS /* at most; each takes as long as a step */

/* A learning rate of 0 leaves the parameters unchanged. */
static const rn_step_params step_params = { 0 };

static uint64_t now_ns(void)
{
    return rn_host_table()->time_ns();
}

static double ms_since(uint64_t start_ns)
{
    return (double)(now_ns() - start_ns) * 1e-6;
}

/* A benchmark in progress. */
typedef struct bench {
    rn_session *session;
    rn_pass_plans *plans;
    rn_plan *plan; /* of rank 0 */
    const rn_bench_options *options;
    rn_bench_source source;
    rn_bench_times times;
    json_t *about;
    rn_baseline baseline;
} bench;

static rn_status time_step(bench *b, rn_bench_span *span)
{
    rn_step_result result;
    span->start_ns = now_ns();
    rn_status status = rn_step_next(&b->source.steps, &step_params, &result);
    span->ms = ms_since(span->start_ns);
    return status;
}

/* The number of rounds to run after a step: they are spread evenly. With a loader, all run after
 * the last step, because it would use their time to get ahead. */
static int64_t rounds_due(const bench *b, int64_t step)
{
    int64_t n_steps = b->options->steps, n_rounds = b->times.n_rounds;
    if (b->source.steps.loader)
        return step == n_steps - 1 ? n_rounds : 0;
    return (step + 1) * n_rounds / n_steps - step * n_rounds / n_steps;
}

/* The span is that of what comes before the operators. */
static rn_status time_round(bench *b, int64_t round)
{
    rn_bench_span *span = &b->times.rounds[round];
    double *launches_ms = &b->times.rounds_ms[round * b->plan->n_launches], ms = 0;
    span->start_ns = now_ns();
    rn_status status = RN_OK;
    for (int32_t part = 0; part < b->plans->n_parts && !status; part++) {
        status = rn_step_upload(b->plans, &b->source.steps.batch, &step_params);
        if (!status)
            status = rn_plan_run_timed(b->plan, launches_ms);
    }
    span->ms = ms_since(span->start_ns);
    for (int32_t i = 0; i < b->plan->n_launches; i++)
        ms += launches_ms[i];
    span->ms -= ms;
    return status;
}

/* The rounds after a step. They copy the batch anew: where it stays on the device, a step that is
 * not timed comes between them and the next. */
static rn_status time_rounds(bench *b, int64_t step, int64_t *round)
{
    rn_bench_span untimed;
    rn_status status = RN_OK;
    int64_t n = rounds_due(b, step);
    for (int64_t k = 0; k < n && !status; k++)
        status = time_round(b, (*round)++);
    if (n && !status && b->options->resident)
        status = time_step(b, &untimed);
    return status;
}

/* Times the steps, with the rounds between them. */
static rn_status time_all(bench *b)
{
    rn_bench_times *t = &b->times;
    int64_t round = 0;
    for (int64_t i = 0; i < b->options->steps; i++) {
        rn_status status = time_step(b, &t->steps[i]);
        t->enqueues_ms[i] = b->source.steps.enqueue_ms;
        t->waits_ms[i] = b->source.steps.wait_ms;
        if (!status)
            status = time_rounds(b, i, &round);
        if (status)
            return status;
        t->speed.times_ms[i] = t->steps[i].ms;
    }
    t->speed.n_steps = b->options->steps;
    return RN_OK;
}

static rn_status warm_up(bench *b)
{
    rn_bench_span span = { 0 };
    rn_status status = RN_OK;
    b->times.ready_ms = ms_since(b->options->start_ns);
    for (int64_t i = 0; i < b->options->warmup && !status; i++) {
        status = time_step(b, &span);
        if (i == 0)
            b->times.speed.first_ms = span.ms;
    }
    return status;
}

/* Computes the medians of the samples. */
static rn_status sum_up(bench *b)
{
    rn_bench_times *t = &b->times;
    struct rusage usage;
    int64_t n_steps = b->options->steps + b->options->warmup;
    double one[ROUNDS];
    if (b->options->warmup == 0)
        t->speed.first_ms = t->speed.times_ms[0];
    for (int32_t i = 0; t->n_rounds && i < b->plan->n_launches; i++) {
        for (int64_t k = 0; k < t->n_rounds; k++)
            one[k] = t->rounds_ms[k * b->plan->n_launches + i];
        t->layers_ms[i] = rn_median_of(one, t->n_rounds);
    }
    t->enqueue_ms = rn_median_of(t->enqueues_ms, t->speed.n_steps);
    t->result_wait_ms = rn_median_of(t->waits_ms, t->speed.n_steps);
    t->loader = b->source.steps.loader ? &b->source.alone : NULL;
    if (b->source.steps.loader)
        t->wait_ms = rn_loader_waited_s(b->source.steps.loader) * 1e3 / (double)n_steps;
    getrusage(RUSAGE_SELF, &usage);
    t->peak_bytes = (int64_t)usage.ru_maxrss * 1024;
    return rn_speed_sum_up(b->plans, &t->speed);
}

/* Further steps, which tell more of what was timed. */
static rn_status measure_parts(bench *b)
{
    rn_bench_times *t = &b->times;
    const rn_batch *batch = &b->source.steps.batch;
    rn_status status = RN_OK;
    if (t->n_rounds)
        status =
            rn_profile_measure(b->plans, batch, &step_params, (int32_t)t->n_rounds, &t->profile);
    if (status)
        return status;
    if (t->profile)
        t->speed.device_ms = t->profile->ms;
    return rn_speed_add_parts(b->session, b->plans, batch, &t->speed);
}

static rn_status make_room(bench *b)
{
    rn_bench_times *t = &b->times;
    size_t n_launches = (size_t)b->plan->n_launches, n_steps = (size_t)b->options->steps;
    if (b->plans->n_all == 1)
        t->n_rounds = b->options->steps < ROUNDS ? b->options->steps : ROUNDS;
    t->steps = calloc(n_steps, sizeof *t->steps);
    t->enqueues_ms = calloc(2 * n_steps, sizeof *t->enqueues_ms);
    t->waits_ms = t->enqueues_ms ? t->enqueues_ms + n_steps : NULL;
    t->rounds = calloc((size_t)t->n_rounds + 1, sizeof *t->rounds);
    t->rounds_ms = calloc((size_t)t->n_rounds * n_launches + 1, sizeof *t->rounds_ms);
    t->layers_ms = calloc(n_launches + 1, sizeof *t->layers_ms);
    return t->steps && t->enqueues_ms && t->rounds && t->rounds_ms && t->layers_ms
               ? RN_OK
               : rn_fail(RN_E_NOMEM, "no memory for the timings");
}

static rn_status measure(bench *b)
{
    b->source.steps = (rn_steps){ .session = b->session, .pass = b->plans->pass };
    rn_status status = make_room(b);
    if (status)
        return status;
    status = rn_bench_source_open(b->session, b->options, b->plans->batch, &b->source);
    if (status)
        return status;
    status = warm_up(b);
    if (status)
        return status;
    rn_bench_ranks_begin(b->session, &b->times.ranks);
    status = time_all(b);
    if (status)
        return status;
    status = sum_up(b);
    if (!status)
        status = rn_bench_ranks_end(b->session, &b->times.speed, &b->times.ranks);
    return status ? status : measure_parts(b);
}

/* Where several ranks share the steps, times those of one alone, for comparison. In one process, a
 * batch that cannot be shared may be taken by the first device. */
static rn_status prepare_ranks(bench *b, rn_pass pass, int64_t batch)
{
    rn_bench_ranks *ranks = &b->times.ranks;
    int32_t all = b->session->shared.all;
    bool is_even = batch % all == 0;
    ranks->n_ranks = is_even ? all : 1;
    if (!is_even && !rn_world_is_alone())
        return rn_fail(RN_E_CONFIG,
                       "%d devices cannot share a batch of %lld images evenly; make it "
                       "a multiple of %d by --batch",
                       all, (long long)batch, all);
    if (ranks->n_ranks == 1)
        return RN_OK;
    return rn_bench_ranks_alone(b->session, pass, batch, b->options->resident, b->options->steps,
                                ranks);
}

/* Opens a session with one pass and the parameters. The caller closes it, also on failure. */
static rn_status prepare(bench *b, const rn_config *config, rn_registry *registry)
{
    const rn_bench_options *options = b->options;
    int64_t batch = options->batch ? options->batch : config->train.batch;
    rn_pass pass = options->train_step ? RN_PASS_TRAIN : RN_PASS_PREDICT;
    uint64_t start_ns = now_ns();
    rn_status status = rn_speed_start(options->steps, &b->times.speed);
    if (!status)
        status = rn_session_open(config, registry, &b->session);
    if (!status)
        status = prepare_ranks(b, pass, batch);
    if (status)
        return status;
    b->session->batch_option = "--batch";
    b->session->resident = options->resident;
    status = rn_bench_source_find(b->session, options, &b->source);
    if (status)
        return status;
    status = rn_session_add(b->session, pass, batch, false, &b->plans);
    if (status)
        return status;
    b->plan = b->plans->by_rank[0];
    b->session->spends = !options->train_step;
    status = rn_session_bind(b->session);
    if (status)
        return status;
    b->times.speed.open_ms = ms_since(start_ns);
    return rn_model_start(b->session, &options->model);
}

/* Says what is measured, and whether the baseline is of the same. */
static rn_status describe(bench *b)
{
    rn_bench_times *t = &b->times;
    t->session = b->session;
    t->plans = b->plans;
    t->plan = b->plan;
    rn_machine_read("", &t->machine);
    b->about = rn_bench_about(t, b->options);
    if (!b->about)
        return rn_fail(RN_E_NOMEM, "no memory for the report");
    return b->baseline.report ? rn_baseline_check(&b->baseline, b->about, b->options->fails)
                              : RN_OK;
}

static rn_status judge(bench *b)
{
    rn_bench_times *t = &b->times;
    if (!b->baseline.report)
        return RN_OK;
    t->baseline = b->baseline.path;
    return rn_slower_judge(b->baseline.times_ms, b->baseline.n_steps, t->speed.times_ms,
                           t->speed.n_steps, &t->slower);
}

/* RN_E_MISMATCH where steps became slower, and by more than is allowed. */
static rn_status check_limit(const bench *b)
{
    const rn_slower *slower = &b->times.slower;
    char text[RN_BENCH_SENTENCE];
    if (!b->options->fails || !slower->differs ||
        100 * (slower->ratio - 1) <= b->options->fail_above)
        return RN_OK;
    return rn_fail(RN_E_MISMATCH, "beside %s: %s, more than --fail-above=%g", b->baseline.path,
                   rn_bench_sentence(&b->times, text), b->options->fail_above);
}

static rn_status report(bench *b)
{
    const rn_bench_options *options = b->options;
    rn_bench_rows rows = { 0 };
    rn_status status = rn_bench_rows_add_up(&b->times, &rows);
    if (!status && options->trace)
        status = rn_bench_trace_write(options->trace, &b->times, &rows, b->about);
    if (!status && options->json)
        status = rn_bench_print_json(&b->times, &rows, b->about);
    else if (!status)
        rn_bench_print(&b->times, &rows);
    rn_bench_rows_clear(&rows);
    return status ? status : check_limit(b);
}

static void clear(bench *b)
{
    rn_bench_times *t = &b->times;
    rn_bench_source_close(&b->source);
    rn_speed_clear(&t->speed);
    free(t->steps);
    free(t->enqueues_ms);
    free(t->rounds);
    free(t->rounds_ms);
    free(t->layers_ms);
    rn_profile_destroy(t->profile);
    json_decref(b->about);
    rn_baseline_clear(&b->baseline);
    rn_session_close(b->session);
}

/* Says that a limit could never be exceeded. */
static void warn_of_few_steps(const bench *b)
{
    const rn_bench_options *o = b->options;
    bool is_baseline = b->baseline.n_steps < RN_SLOWER_LEAST;
    if (o->fails && (is_baseline || o->steps < RN_SLOWER_LEAST))
        rn_log(RN_LOG_WARNING,
               "--fail-above never fails here: %s has %lld steps, and fewer than %d show no "
               "difference; make it anew with more --steps",
               is_baseline ? b->baseline.path : "this run",
               (long long)(is_baseline ? b->baseline.n_steps : o->steps), RN_SLOWER_LEAST);
}

rn_status rn_bench(const rn_config *config, rn_registry *registry, const rn_bench_options *options)
{
    bench b = { .options = options };
    rn_status status = RN_OK;
    if (options->loader && options->resident)
        return rn_fail(RN_E_USAGE, "--loader takes a new batch for each step, and --resident keeps "
                                   "one on the device; give one of them");
    if (options->fails && !options->baseline)
        return rn_fail(RN_E_USAGE, "--fail-above needs --baseline=FILE, of bench --json");
    if (options->baseline)
        status = rn_baseline_read(options->baseline, &b.baseline);
    if (status)
        goto done;
    warn_of_few_steps(&b);
    status = prepare(&b, config, registry);
    if (status)
        goto done;
    status = describe(&b);
    if (status)
        goto done;
    status = measure(&b);
    if (status)
        goto done;
    status = judge(&b);
    if (status)
        goto done;
    status = report(&b);
done:
    clear(&b);
    return status;
}
