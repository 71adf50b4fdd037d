/* bench.c: timing steps. Steps are timed whole; operators are timed one by one afterwards, with a
 * wait after each, so their sum is more than a step where a device works asynchronously. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <jansson.h>
#include "bench.h"
#include "evaluate.h"
#include "op.h"
#include "status.h"
#include "synthetic.h"

typedef struct timing {
    double ready_ms, first_ms; /* from the start of the process to the first step, to its end */
    double median_ms, p90_ms;
    double *steps_ms;   /* the timed ones */
    double wait_ms;     /* for the loader, a step */
    double *layers_ms;  /* by launch, a step */
    int64_t macs;       /* of a step */
    int64_t peak_bytes; /* of the process */
} timing;

/* Where batches come from. */
typedef struct source {
    rn_synthetic resident;
    rn_dataset *dataset;
    rn_loader *loader;
    rn_batch batch; /* the last one */
} source;

/* A learning rate of 0 leaves the parameters alone. */
static const rn_step_params step_params = { 0 };

static double now_ms(void)
{
    return (double)rn_host_table()->time_ns() * 1e-6;
}

static void source_close(source *s)
{
    rn_loader_destroy(s->loader);
    rn_dataset_destroy(s->dataset);
    rn_synthetic_clear(&s->resident);
}

static rn_status source_open(const rn_config *config, const rn_bench_options *options,
                             int64_t batch, source *s)
{
    rn_status status;
    if (!options->loader) {
        status = rn_synthetic_make(config, batch, &s->resident);
        s->batch = s->resident.batch;
        return status;
    }
    status = rn_dataset_open(config->data.dataset, config->data.path, RN_SPLIT_TRAIN,
                                       config->data.train_limit, &s->dataset);
    if (status)
        return status;
    int64_t n_batches = s->dataset->count / batch;
    if (n_batches < options->warmup + options->steps)
        return rn_fail(RN_E_CONFIG, "the data set has %lld full batches, fewer than the %lld steps",
                       (long long)n_batches, (long long)(options->warmup + options->steps));
    rn_loader_params params = rn_evaluate_loader(config, s->dataset);
    params.batch = batch;
    params.shuffle = true;
    params.drop_last = true;
    params.seed = (uint64_t)config->run.seed;
    return rn_loader_create(&params, &s->loader);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* times_ms: one place for each timed step. */
static rn_status time_steps(rn_session *session, rn_plan *plan, const rn_bench_options *options,
                            source *s, timing *t)
{
    rn_step_result result;
    rn_status status = RN_OK;
    for (int64_t i = -options->warmup; i < options->steps && !status; i++) {
        double start_ms = now_ms();
        if (i == -options->warmup)
            t->ready_ms = start_ms - (double)options->start_ns * 1e-6;
        if (s->loader)
            status = rn_loader_next(s->loader, &s->batch);
        if (!status)
            status = rn_session_step(session, plan, &s->batch, &step_params, &result);
        if (i >= 0)
            t->steps_ms[i] = now_ms() - start_ms;
        if (i == -options->warmup)
            t->first_ms = now_ms() - (double)options->start_ns * 1e-6;
    }
    return status;
}

static rn_status time_layers(rn_plan *plan, const source *s, timing *t)
{
    enum { ROUNDS = 3 };
    rn_status status = RN_OK;
    t->layers_ms = calloc((size_t)plan->n_launches + 1, sizeof *t->layers_ms);
    if (!t->layers_ms)
        return rn_fail(RN_E_NOMEM, "no memory for the timings");
    for (int i = 0; i < ROUNDS && !status; i++) {
        status = rn_session_upload(plan, &s->batch, &step_params);
        if (!status)
            status = rn_plan_run_timed(plan, t->layers_ms);
    }
    for (int32_t i = 0; i < plan->n_launches; i++)
        t->layers_ms[i] /= ROUNDS;
    return status;
}

static int64_t macs_of(const rn_node *node)
{
    rn_cost cost = { 0 };
    if (node->op->cost)
        node->op->cost(node, &cost);
    return cost.macs;
}

static rn_status measure(rn_session *session, rn_plan *plan, const rn_bench_options *options,
                         timing *t)
{
    source s = { 0 };
    struct rusage usage;
    int64_t n = options->steps;
    t->steps_ms = calloc((size_t)n, sizeof *t->steps_ms);
    if (!t->steps_ms)
        return rn_fail(RN_E_NOMEM, "no memory for the timings");
    rn_status status =
        source_open(session->config, options, plan->dag->images->desc.shape[0], &s);
    if (!status)
        status = time_steps(session, plan, options, &s, t);
    if (status)
        goto done;
    t->wait_ms = s.loader ? rn_loader_waited_s(s.loader) * 1e3 / (double)(n + options->warmup) : 0;
    qsort(t->steps_ms, (size_t)n, sizeof *t->steps_ms, by_value);
    t->median_ms = t->steps_ms[n / 2];
    t->p90_ms = t->steps_ms[(n * 9 + 9) / 10 - 1];
    getrusage(RUSAGE_SELF, &usage);
    t->peak_bytes = (int64_t)usage.ru_maxrss * 1024;
    for (int32_t i = 0; i < plan->n_launches; i++)
        t->macs += macs_of(plan->launches[i].node);
    status = time_layers(plan, &s, t);
done:
    source_close(&s);
    return status;
}

static double gflops(int64_t macs, double ms)
{
    return ms > 0 ? 2e-6 * (double)macs / ms : 0;
}

static void print_text(const rn_session *session, const rn_plan *plan, const timing *t)
{
    double sum_ms = 0;
    int64_t batch = plan->dag->images->desc.shape[0];
    printf("%-36s %-26s %10s %9s\n", "layer", "operator", "ms", "GFLOP/s");
    for (int32_t i = 0; i < plan->n_launches; i++) {
        const rn_node *node = plan->launches[i].node;
        sum_ms += t->layers_ms[i];
        printf("%-36s %-26s %10.3f", node->name, node->op->name, t->layers_ms[i]);
        if (macs_of(node))
            printf(" %9.1f", gflops(macs_of(node), t->layers_ms[i]));
        putchar('\n');
    }
    printf("\n%s on %s (%s), %s, batch %lld\n", session->config->name, session->device->label,
           session->device->info.library,
           plan->pass == RN_PASS_TRAIN ? "training step" : "inference", (long long)batch);
    printf("median %.2f ms, 90th percentile %.2f ms, %.1f images/s, %.1f GFLOP/s; "
           "operators one by one %.2f ms\n"
           "peak memory %.1f MiB, arena %.1f MiB; ready for the first step after %.0f ms\n",
           t->median_ms, t->p90_ms, (double)batch * 1e3 / t->median_ms,
           gflops(t->macs, t->median_ms), sum_ms, (double)t->peak_bytes / 1048576.0,
           (double)plan->memory->arena_bytes / 1048576.0, t->ready_ms);
}

static rn_status print_json(const rn_session *session, const rn_plan *plan, const timing *t)
{
    json_t *layers = json_array();
    int64_t batch = plan->dag->images->desc.shape[0];
    for (int32_t i = 0; i < plan->n_launches; i++) {
        const rn_node *node = plan->launches[i].node;
        json_array_append_new(layers, json_pack("{s:s, s:s, s:f, s:I}", "layer", node->name,
                                                "operator", node->op->name, "ms", t->layers_ms[i],
                                                "macs", (json_int_t)macs_of(node)));
    }
    json_t *all = json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:o}", "network",
        session->config->name, "backend", session->device->label, "library",
        session->device->info.library, "phase",
        plan->pass == RN_PASS_TRAIN ? "train-step" : "infer", "batch", (json_int_t)batch,
        "ready_ms", t->ready_ms, "first_ms", t->first_ms, "median_ms", t->median_ms, "p90_ms",
        t->p90_ms, "loader_wait_ms", t->wait_ms, "images_per_s", (double)batch * 1e3 / t->median_ms,
        "gflops", gflops(t->macs, t->median_ms), "peak_bytes", (json_int_t)t->peak_bytes,
        "arena_bytes", (json_int_t)plan->memory->arena_bytes, "layers", layers);
    if (!all)
        return rn_fail(RN_E_NOMEM, "no memory for the report");
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
    return RN_OK;
}

rn_status rn_bench(const rn_config *config, rn_registry *registry, const rn_bench_options *options)
{
    rn_session *session = NULL;
    rn_plan *plan = NULL;
    timing t = { 0 };
    int64_t batch = options->batch ? options->batch : config->train.batch;
    rn_pass pass = options->train_step ? RN_PASS_TRAIN : RN_PASS_PREDICT;
    rn_status status = rn_session_open(config, registry, &session);
    if (!status)
        status = rn_session_add(session, pass, batch, false, &plan);
    if (!status)
        status = rn_session_bind(session);
    if (!status)
        status =
            rn_store_initialise(session->store, config->network.init, (uint64_t)config->run.seed);
    if (!status)
        status = measure(session, plan, options, &t);
    if (!status && options->json)
        status = print_json(session, plan, &t);
    else if (!status)
        print_text(session, plan, &t);
    free(t.layers_ms);
    free(t.steps_ms);
    rn_session_close(session);
    return status;
}
