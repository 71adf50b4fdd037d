/* bench.c: times steps. Whole steps are timed as in training, with the copy of the next batch
 * beside each. On one device there are two further measurements. Rounds that time operators one by
 * one, waiting after each, are spread between the steps, so that a drift of the machine affects
 * both; on an asynchronous device their sum exceeds the time of a step. Finally, if the backend
 * offers it, the device times steps itself, which may slow them down. */
#include "commands/bench.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "base/median.h"
#include "base/status.h"
#include "commands/bench_print.h"
#include "train/caching.h"
#include "train/evaluate.h"
#include "train/synthetic.h"

#define ROUNDS RN_PROFILE_ROUNDS /* at most; each takes as long as a step */

/* Where batches come from. */
typedef struct source {
    rn_synthetic resident;
    rn_source *source;
    rn_bench_loader alone; /* what the loader does without steps */
    rn_steps steps;        /* the loader is owned; NULL: use the resident batch */
} source;

/* A learning rate of 0 leaves the parameters unchanged. */
static const rn_step_params step_params = { 0 };

static double now_ms(void)
{
    return (double)rn_host_table()->time_ns() * 1e-6;
}

static void source_close(source *s)
{
    rn_loader_destroy(s->steps.loader);
    rn_source_close(s->source);
    rn_synthetic_clear(&s->resident);
}

static rn_status source_open(const rn_session *session, const rn_bench_options *options,
                             int64_t batch, source *s)
{
    const rn_config *config = session->config;
    rn_status status;
    if (!options->loader) {
        status = rn_synthetic_make(config, batch, &s->resident);
        s->steps.next = s->resident.batch;
        return status;
    }
    status = rn_source_open_split(config, RN_SPLIT_TRAIN, &s->source);
    if (status)
        return status;
    status = rn_caching_start(s->source, options->json);
    if (status)
        return status;
    int64_t n_batches = s->source->dataset->count / batch;
    if (n_batches < options->warmup + options->steps)
        return rn_fail(RN_E_CONFIG, "the data set has %lld full batches, fewer than the %lld steps",
                       (long long)n_batches, (long long)(options->warmup + options->steps));
    rn_loader_params params = rn_evaluate_loader(session, s->source, NULL);
    params.batch = batch;
    params.batch_key = "--batch";
    params.shuffle = true;
    params.drop_last = true;
    params.trains = true;
    status = rn_bench_loader_measure(&params, options->steps, &s->alone);
    return status ? status : rn_loader_create(&params, &s->steps.loader);
}

/* A benchmark in progress. */
typedef struct bench {
    rn_session *session;
    rn_pass_plans *plans;
    rn_plan *plan; /* of rank 0 */
    const rn_bench_options *options;
    source source;
    double *steps_ms;  /* by timed step */
    double *rounds_ms; /* by round, then by launch */
    int64_t n_rounds;
} bench;

static rn_status time_step(bench *b, double *ms)
{
    rn_step_result result;
    double start_ms = now_ms();
    rn_status status = rn_step_next(&b->source.steps, &step_params, &result);
    *ms = now_ms() - start_ms;
    return status;
}

/* The number of rounds to run after a step: they are spread evenly. With a loader, all run after
 * the last step, because it would use their time to get ahead. */
static int64_t rounds_due(const bench *b, int64_t step)
{
    int64_t n_steps = b->options->steps;
    if (b->source.steps.loader)
        return step == n_steps - 1 ? b->n_rounds : 0;
    return (step + 1) * b->n_rounds / n_steps - step * b->n_rounds / n_steps;
}

static rn_status time_round(bench *b, double *ms)
{
    rn_status status = rn_step_upload(b->plans, &b->source.steps.batch, &step_params);
    return status ? status : rn_plan_run_timed(b->plan, ms);
}

/* Times the steps, with the rounds between them. */
static rn_status time_all(bench *b)
{
    double *round = b->rounds_ms;
    for (int64_t i = 0; i < b->options->steps; i++) {
        rn_status status = time_step(b, &b->steps_ms[i]);
        for (int64_t k = rounds_due(b, i); k > 0 && !status; k--, round += b->plan->n_launches)
            status = time_round(b, round);
        if (status)
            return status;
    }
    return RN_OK;
}

static rn_status warm_up(bench *b, rn_bench_times *t)
{
    double start_ms = (double)b->options->start_ns * 1e-6, ms;
    rn_status status = RN_OK;
    t->ready_ms = now_ms() - start_ms;
    for (int64_t i = 0; i < b->options->warmup && !status; i++) {
        status = time_step(b, &ms);
        if (i == 0)
            t->first_ms = now_ms() - start_ms;
    }
    return status;
}

/* Computes the medians of the samples. */
static void sum_up(bench *b, rn_bench_times *t)
{
    struct rusage usage;
    int64_t n = b->options->steps, n_steps = n + b->options->warmup;
    double one[ROUNDS];
    if (b->options->warmup == 0)
        t->first_ms = t->ready_ms + b->steps_ms[0];
    t->median_ms = rn_median_of(b->steps_ms, n);
    t->p90_ms = b->steps_ms[(n * 9 + 9) / 10 - 1];
    for (int32_t i = 0; b->n_rounds && i < b->plan->n_launches; i++) {
        for (int64_t k = 0; k < b->n_rounds; k++)
            one[k] = b->rounds_ms[k * b->plan->n_launches + i];
        t->layers_ms[i] = rn_median_of(one, b->n_rounds);
    }
    t->loader = b->source.steps.loader ? &b->source.alone : NULL;
    if (b->source.steps.loader)
        t->wait_ms = rn_loader_waited_s(b->source.steps.loader) * 1e3 / (double)n_steps;
    getrusage(RUSAGE_SELF, &usage);
    t->peak_bytes = (int64_t)usage.ru_maxrss * 1024;
}

static rn_status measure(bench *b, rn_bench_times *t)
{
    size_t n_launches = (size_t)b->plan->n_launches;
    if (b->plans->n_ranks == 1)
        b->n_rounds = b->options->steps < ROUNDS ? b->options->steps : ROUNDS;
    b->source.steps = (rn_steps){ .session = b->session, .pass = b->plans->pass };
    b->steps_ms = calloc((size_t)b->options->steps, sizeof *b->steps_ms);
    b->rounds_ms = calloc((size_t)b->n_rounds * n_launches + 1, sizeof *b->rounds_ms);
    t->layers_ms = calloc(n_launches + 1, sizeof *t->layers_ms);
    if (!b->steps_ms || !b->rounds_ms || !t->layers_ms)
        return rn_fail(RN_E_NOMEM, "no memory for the timings");
    rn_status status = source_open(b->session, b->options, b->plans->batch, &b->source);
    if (status)
        goto done;
    status = warm_up(b, t);
    if (status)
        goto done;
    status = time_all(b);
    if (status)
        goto done;
    sum_up(b, t);
    if (b->n_rounds)
        status = rn_profile_measure(b->plans, &b->source.steps.batch, &step_params,
                                    (int32_t)b->n_rounds, &t->profile);
done:
    source_close(&b->source);
    return status;
}

/* Opens a session with one pass and initial parameters. The caller closes it, also on failure. */
static rn_status prepare(bench *b, const rn_config *config, rn_registry *registry)
{
    const rn_bench_options *options = b->options;
    int64_t batch = options->batch ? options->batch : config->train.batch;
    rn_pass pass = options->train_step ? RN_PASS_TRAIN : RN_PASS_PREDICT;
    rn_status status = rn_session_open(config, registry, &b->session);
    if (status)
        return status;
    b->session->batch_option = "--batch";
    status = rn_session_add(b->session, pass, batch, false, &b->plans);
    if (status)
        return status;
    b->plan = b->plans->by_rank[0];
    status = rn_session_bind(b->session);
    if (status)
        return status;
    return rn_store_initialise(b->session->store, config->network.init, (uint64_t)config->run.seed);
}

rn_status rn_bench(const rn_config *config, rn_registry *registry, const rn_bench_options *options)
{
    bench b = { .options = options };
    rn_bench_times times = { 0 };
    rn_status status = prepare(&b, config, registry);
    if (status)
        goto done;
    times.session = b.session;
    times.plans = b.plans;
    times.plan = b.plan;
    status = measure(&b, &times);
    if (status)
        goto done;
    status = options->json ? rn_bench_print_json(&times) : rn_bench_print(&times);
done:
    free(b.rounds_ms);
    free(b.steps_ms);
    free(times.layers_ms);
    rn_profile_destroy(times.profile);
    rn_session_close(b.session);
    return status;
}
