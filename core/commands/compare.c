/* compare.c: runs one batch on several backends and measures, tensor by tensor in the order of
 * computation, how far each backend is from the first, the reference, which computes in fp32. */
#include "commands/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "commands/compare_print.h"
#include "commands/noise.h"
#include "commands/synthetic.h"
#include "graph/op.h"
#include "train/checkpoint.h"
#include "train/step.h"

/* Of a training step in half precision: in the middle between gradients of 2^-24 and of 65504. */
#define LOSS_SCALE 1024.0
#define TIMED_STEPS 5
#define TIMED_MS 2000.0 /* no further step after this: the reference is slow */

/* ---- The tensors of a run ---- */

/* Downloads a gradient and divides it by the loss scale. */
static rn_status download_gradient(rn_plan *plan, const rn_value *gradient, float *to)
{
    int64_t count = plan->dag->loss_scale ? rn_desc_count(&gradient->desc) : 0;
    rn_status status = rn_plan_download(plan, gradient, to);
    for (int64_t i = 0; i < count && !status; i++)
        to[i] /= (float)LOSS_SCALE;
    return status;
}

static void traces_clear(rn_trace *trace)
{
    for (int32_t i = 0; i < trace->n_tensors; i++) {
        free(trace->tensors[i].name);
        free(trace->tensors[i].values);
    }
    free(trace->tensors);
    free(trace->label);
    *trace = (rn_trace){ 0 };
}

/* Appends a value of the plan to the trace. */
static rn_status record(rn_trace *trace, rn_plan *plan, const rn_value *value, rn_trace_kind kind,
                        const rn_value *named)
{
    rn_trace_tensor *t = &trace->tensors[trace->n_tensors];
    *t = (rn_trace_tensor){ .kind = kind,
                            .count = rn_desc_count(&value->desc),
                            .name = strdup(named->name),
                            .values = malloc(rn_plan_bytes(value)) };
    if (!t->name || !t->values) {
        free(t->name);
        free(t->values);
        return rn_fail(RN_E_NOMEM, "no memory for tensor \"%s\"; lower --batch", named->name);
    }
    trace->n_tensors++;
    return kind == RN_TRACE_GRADIENT ? download_gradient(plan, value, t->values)
                                     : rn_plan_download(plan, value, t->values);
}

/* Records the forward results, then the gradients, in the order of computation. */
static rn_status record_all(rn_trace *trace, rn_plan *plan)
{
    const rn_dag *dag = plan->dag;
    rn_status status = RN_OK;
    trace->tensors = calloc(2 * (size_t)dag->n_values + 1, sizeof *trace->tensors);
    if (!trace->tensors)
        return rn_fail(RN_E_NOMEM, "no memory for the comparison");
    for (int32_t i = 0; i < dag->n_nodes && !status; i++) {
        const rn_node *node = dag->nodes[i];
        const rn_value *y = node->n_outputs ? node->outputs[0] : NULL;
        bool is_reorder = strcmp(node->op->name, "reorder") == 0;
        if (node->phase == RN_PHASE_FORWARD && y && !y->base && !is_reorder)
            status = record(trace, plan, y, RN_TRACE_FORWARD, y);
    }
    for (int32_t i = dag->n_values - 1; i >= 0 && !status; i--) {
        const rn_value *value = dag->values[i];
        if (!value->gradient || value->gradient->base)
            continue;
        status = record(trace, plan, value->gradient, RN_TRACE_GRADIENT, value);
    }
    return status;
}

/* ---- One backend ---- */

/* Runs a second step of the reference, with noise, and measures how far each tensor moves. */
static rn_status measure_noise(rn_trace *trace, rn_pass_plans *plans, const rn_batch *batch,
                               const rn_step_params *params, double limit)
{
    rn_trace moved = { 0 };
    rn_plan *plan = plans->by_rank[0];
    rn_status status = rn_step_upload(plans, batch, params);
    if (status)
        return status;
    status = rn_noise_run(plan, RN_NOISE_SHARE * limit);
    if (status)
        return status;
    status = record_all(&moved, plan);
    for (int32_t i = 0; i < moved.n_tensors && !status; i++) {
        rn_trace_tensor *t = &trace->tensors[i];
        t->noise = rn_compare_rms(t->values, moved.tensors[i].values, t->count);
    }
    traces_clear(&moved);
    return status;
}

static rn_status load_weights(rn_session *session, const rn_compare_options *options)
{
    const rn_config *config = session->config;
    rn_status status =
        rn_store_initialise(session->store, config->network.init, (uint64_t)config->run.seed);
    if (status || !options->model.path)
        return status;
    return rn_model_read(session, &options->model);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Measures the median of a few steps; the traced step before them was the warm-up. */
static rn_status time_steps(rn_session *session, rn_pass_plans *plans, const rn_batch *batch,
                            double *median_ms)
{
    double times_ms[TIMED_STEPS], spent_ms = 0;
    int n = 0;
    const rn_step_params params = { 0 };
    rn_step_result result;
    rn_status status = RN_OK;
    for (; n < TIMED_STEPS && spent_ms < TIMED_MS && !status; n++) {
        uint64_t start = rn_host_table()->time_ns();
        status = rn_step_run(session, plans, batch, &params, &result);
        times_ms[n] = (double)(rn_host_table()->time_ns() - start) * 1e-6;
        spent_ms += times_ms[n];
    }
    qsort(times_ms, (size_t)n, sizeof *times_ms, by_value);
    *median_ms = times_ms[n / 2];
    return status;
}

/* Labels the trace with the device, and with the precision if it is not fp32. */
static rn_status label(rn_trace *trace, const rn_session *session)
{
    const char *device = session->label;
    const char *precision = rn_config_word(session->config, "backend.precision");
    bool is_usual = session->config->backend.precision == RN_PRECISION_FP32;
    size_t size = strlen(device) + strlen(precision) + sizeof ", ";
    trace->label = malloc(size);
    if (!trace->label)
        return rn_fail(RN_E_NOMEM, "no memory for the comparison");
    snprintf(trace->label, size, "%s%s%s", device, is_usual ? "" : ", ", is_usual ? "" : precision);
    return RN_OK;
}

/* Runs one step and records its tensors; for the reference, also measures how far noise moves
 * them. */
static rn_status trace_step(rn_session *session, rn_pass_plans *plans, const rn_batch *batch,
                            double limit, rn_trace *trace)
{
    const rn_step_params params = { .loss_scale = LOSS_SCALE,
                                    .seed = (uint32_t)session->config->run.seed };
    rn_step_result result;
    rn_status status = rn_step_run(session, plans, batch, &params, &result);
    if (status)
        return status;
    status = record_all(trace, plans->by_rank[0]);
    if (status || !trace->is_reference)
        return status;
    return measure_noise(trace, plans, batch, &params, limit);
}

static rn_status trace_session(rn_session *session, const rn_compare_options *options,
                               const rn_batch *batch, rn_trace *trace)
{
    rn_pass_plans *plans = NULL;
    rn_pass pass = options->train_step ? RN_PASS_TRAIN : RN_PASS_EVALUATE;
    session->batch_option = "--batch";
    rn_status status = rn_session_add(session, pass, batch->count, true, &plans);
    if (status)
        return status;
    status = rn_session_bind(session);
    if (status)
        return status;
    status = load_weights(session, options);
    if (status)
        return status;
    status = trace_step(session, plans, batch, options->limit, trace);
    if (status)
        return status;
    status = time_steps(session, plans, batch, &trace->step_ms);
    return status ? status : label(trace, session);
}

static rn_status trace_backend(const rn_config *config, rn_registry *registry,
                               const rn_compare_options *options, const rn_batch *batch,
                               rn_trace *trace)
{
    rn_session *session = NULL;
    rn_status status = rn_session_open(config, registry, &session);
    if (status)
        return status;
    status = trace_session(session, options, batch, trace);
    rn_session_close(session);
    return status;
}

/* ---- The comparison ---- */

/* The list "A,B,…" without its first name. */
static const char *next_backend(const char *list)
{
    list += strcspn(list, ",");
    return *list ? list + 1 : list;
}

static int count_backends(const char *list)
{
    int n = 0;
    for (; *list; list = next_backend(list))
        n++;
    return n;
}

/* Sets the cfg's backend and device to the n-th of "A,B,…"; n must be less than their number. Both
 * point into *text, which the caller frees. */
static rn_status choose_backend(const char *list, int n, rn_config *config, char **text)
{
    for (; n > 0; n--)
        list = next_backend(list);
    *text = strndup(list, strcspn(list, ","));
    if (!*text)
        return rn_fail(RN_E_NOMEM, "no memory for the names of the backends");
    char *colon = strchr(*text, ':');
    config->backend.name = *text;
    config->backend.device = colon ? colon + 1 : "";
    if (colon)
        *colon = 0;
    return RN_OK;
}

/* Traces the n-th backend of the list; the first is the reference, in fp32. */
static rn_status trace_listed(const rn_config *config, rn_registry *registry,
                              const rn_compare_options *options, int n, const rn_batch *batch,
                              rn_trace *trace)
{
    char *text = NULL;
    rn_config one = *config;
    rn_status status = choose_backend(options->backends, n, &one, &text);
    if (status)
        return status;
    trace->is_reference = n == 0;
    if (n == 0)
        one.backend.precision = RN_PRECISION_FP32;
    status = trace_backend(&one, registry, options, batch, trace);
    free(text);
    return status;
}

static rn_status report(const rn_trace *traces, int n, const rn_compare_options *options)
{
    rn_status status = options->json ? rn_compare_print_json(traces, n, options->limit)
                                     : rn_compare_print(traces, n, options->limit);
    for (int i = 1; i < n && !status; i++) {
        int32_t first = rn_compare_first_beyond(&traces[0], &traces[i], options->limit);
        if (first >= 0)
            status = rn_fail(RN_E_MISMATCH,
                             "%s differs from %s first in %s \"%s\", beyond the limit of %g",
                             traces[i].label, traces[0].label,
                             traces[0].tensors[first].kind == RN_TRACE_FORWARD ? "the output of"
                                                                               : "the gradient of",
                             traces[0].tensors[first].name, options->limit);
    }
    return status;
}

rn_status rn_compare(const rn_config *config, rn_registry *registry,
                     const rn_compare_options *options)
{
    rn_trace traces[RN_MAX_COMPARED] = { 0 };
    rn_synthetic images = { 0 };
    int n = options->backends ? count_backends(options->backends) : 0;
    if (n < 2 || n > RN_MAX_COMPARED)
        return rn_fail(RN_E_USAGE,
                       "compare needs at least two backends and takes %d at most, "
                       "found %d: --backends=reference,cpu_blas",
                       RN_MAX_COMPARED, n);
    rn_status status = rn_synthetic_make(config, options->batch, &images);
    for (int i = 0; i < n && !status; i++)
        status = trace_listed(config, registry, options, i, &images.batch, &traces[i]);
    if (status)
        goto done;
    status = report(traces, n, options);
done:
    for (int i = 0; i < n; i++)
        traces_clear(&traces[i]);
    rn_synthetic_clear(&images);
    return status;
}
