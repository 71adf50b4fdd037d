/* reference.c: three walks of the same step: as it is; with every result moved as rounding
 * might; with the inputs of each operator moved. */
#include "compare/reference.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/walk.h"
#include "graph/op.h"
#include "io/temporary.h"

typedef struct tracing {
    rn_opened *opened;
    rn_trace_writer *writer;
    rn_compare_mode mode; /* of the noise that is measured */
    float *clean;         /* room for `capacity` values of one tensor */
    int64_t capacity;
    double (*noise)[RN_N_COMPARE_MODES]; /* by tensor */
} tracing;

/* ---- Walks ---- */

static rn_status write_tensor(void *context, const rn_traced *tensor)
{
    tracing *t = context;
    size_t n = (size_t)tensor->index + 1;
    double(*noise)[RN_N_COMPARE_MODES] = realloc(t->noise, n * sizeof *noise);
    if (!noise)
        return rn_fail(RN_E_NOMEM, "no memory for a trace");
    t->noise = noise;
    for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++)
        noise[tensor->index][mode] = NAN;
    return rn_trace_write(t->writer, tensor);
}

static rn_status fetch_clean(void *context, rn_traced_kind kind, const char *name, int64_t count,
                             float *values)
{
    const tracing *t = context;
    return rn_trace_reread(t->writer, kind, name, count, values);
}

static double rms_of_difference(const float *a, const float *b, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        double difference = (double)a[i] - (double)b[i];
        sum += difference * difference;
    }
    return sqrt(sum / (double)count);
}

static rn_status make_room(tracing *t, int64_t count)
{
    if (count <= t->capacity)
        return RN_OK;
    free(t->clean);
    t->clean = malloc((size_t)count * sizeof *t->clean);
    t->capacity = t->clean ? count : 0;
    return t->clean ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for a tensor; lower --batch");
}

static rn_status measure_noise(void *context, const rn_traced *tensor)
{
    tracing *t = context;
    double *noise = t->noise[tensor->index];
    rn_status status = make_room(t, tensor->count);
    if (!status)
        status = rn_trace_reread(t->writer, tensor->kind, tensor->name, tensor->count, t->clean);
    if (status)
        return status;
    noise[t->mode] = rms_of_difference(t->clean, tensor->values, tensor->count);
    return rn_trace_set_noise(t->writer, tensor->kind, tensor->name, noise);
}

static rn_status walk(tracing *t, int64_t step, rn_traced_visit *visit, bool is_noisy)
{
    const rn_step_params params = rn_opened_params(t->opened->session->config, step);
    const rn_walk walk = {
        .session = t->opened->session,
        .plans = t->opened->plans,
        .batch = t->opened->batch,
        .params = &params,
        .fetch = is_noisy && t->mode == RN_COMPARE_ISOLATED ? fetch_clean : NULL,
        .noise = is_noisy ? RN_NOISE_SHARE : 0,
        .fetch_clean = fetch_clean,
        .visit = visit,
        .context = t,
    };
    return rn_walk_run(&walk);
}

static rn_status walk_noisy(tracing *t, int64_t step, const rn_reference *reference,
                            rn_compare_mode mode)
{
    t->mode = mode;
    rn_status status = rn_opened_rewind(t->opened, reference->state);
    return status ? status : walk(t, step, measure_noise, true);
}

/* Walks the last step, from the state that the steps before it leave. */
static rn_status trace_step(tracing *t, const rn_compare_options *options, rn_reference *reference)
{
    int64_t last = options->steps - 1;
    rn_status status = rn_opened_steps(t->opened, last, NULL);
    if (!status && last > 0 && t->opened->start)
        status = rn_kept_save(t->opened->session->store, &reference->state);
    if (!status)
        status = walk(t, last, write_tensor, false);
    for (int mode = 0; mode < RN_N_COMPARE_MODES && !status; mode++)
        if (options->modes[mode])
            status = walk_noisy(t, last, reference, (rn_compare_mode)mode);
    return status;
}

/* ---- Rows ---- */

static rn_status add_row(rn_comparison *comparison, const rn_reference *reference, int32_t i)
{
    rn_compare_row *row = &comparison->rows[comparison->n_rows];
    *row = (rn_compare_row){ .tensor = *rn_trace_at(reference->trace, i, NULL) };
    rn_traced *tensor = &row->tensor;
    rn_trace_at(reference->trace, i, row->noise);
    tensor->values = NULL;
    tensor->name = strdup(tensor->name);
    tensor->op = strdup(tensor->op);
    tensor->layer = strdup(tensor->layer);
    comparison->n_rows++;
    return tensor->name && tensor->op && tensor->layer
               ? RN_OK
               : rn_fail(RN_E_NOMEM, "no memory for the comparison");
}

/* Could a small difference make this operator, or its gradient, take another branch? Of an operator
 * by another program nobody knows. */
static bool may_switch(const char *op)
{
    static const char *const deciding[] = { "relu", "max_pool", "activation" };
    for (size_t i = 0; i < sizeof deciding / sizeof *deciding; i++)
        if (strncmp(op, deciding[i], strlen(deciding[i])) == 0)
            return true;
    return !rn_op_find(op);
}

/* A rule that is of no tensor would be ignored. */
static rn_status check_rules(const rn_compare_options *options, const rn_comparison *comparison)
{
    for (int32_t i = 0; i < options->n_rules; i++) {
        int32_t row = 0;
        while (row < comparison->n_rows &&
               fnmatch(options->rules[i].match, comparison->rows[row].tensor.name, 0) != 0)
            row++;
        if (row == comparison->n_rows)
            return rn_fail(RN_E_USAGE, "--limits=%s=%g: no tensor that is compared has such a name",
                           options->rules[i].match, options->rules[i].limit);
    }
    return RN_OK;
}

rn_status rn_reference_take(rn_trace_reader *trace, const rn_compare_options *options,
                            rn_comparison *comparison, rn_reference *reference)
{
    int32_t n = rn_trace_count(trace);
    rn_status status = RN_OK;
    reference->trace = trace;
    reference->rows = calloc((size_t)n + 1, sizeof *reference->rows);
    comparison->rows = calloc((size_t)n + 1, sizeof *comparison->rows);
    if (!reference->rows || !comparison->rows)
        return rn_fail(RN_E_NOMEM, "no memory for the comparison");
    comparison->never_switches = true;
    for (int32_t i = 0; i < n && !status; i++) {
        const rn_traced *tensor = rn_trace_at(trace, i, NULL);
        bool is_wanted = !options->layers || fnmatch(options->layers, tensor->name, 0) == 0;
        comparison->never_switches = comparison->never_switches && !may_switch(tensor->op);
        reference->rows[i] = is_wanted ? comparison->n_rows : -1;
        if (is_wanted)
            status = add_row(comparison, reference, i);
    }
    if (!status && comparison->n_rows == 0)
        status = rn_fail(RN_E_USAGE, "--layers=%s: no tensor of the network has such a name",
                         options->layers ? options->layers : "*");
    return status ? status : check_rules(options, comparison);
}

rn_status rn_reference_make(rn_opened *opened, const rn_compare_options *options,
                            const rn_trace_header *header, rn_comparison *comparison,
                            rn_reference *reference)
{
    const rn_tensor_desc *images = &opened->plans->by_rank[0]->dag->images->desc;
    tracing t = { .opened = opened };
    rn_trace_reader *trace = NULL;
    rn_status status = rn_trace_create(NULL, header, &t.writer);
    if (!status)
        status = rn_trace_write_input(t.writer, opened->batch->images, images->shape,
                                      opened->batch->labels);
    if (!status)
        status = trace_step(&t, options, reference);
    free(t.clean);
    free(t.noise);
    if (status) {
        rn_trace_writer_destroy(t.writer);
        return rn_temporary_fail(status);
    }
    status = rn_trace_reopen(t.writer, &trace);
    return status ? status : rn_reference_take(trace, options, comparison, reference);
}

int32_t rn_reference_row(const rn_reference *reference, rn_traced_kind kind, const char *name)
{
    int32_t i = rn_trace_find(reference->trace, kind, name);
    return i < 0 ? -1 : reference->rows[i];
}

void rn_reference_close(rn_reference *reference)
{
    rn_trace_reader_destroy(reference->trace);
    rn_kept_destroy(reference->state);
    free(reference->rows);
    *reference = (rn_reference){ 0 };
}
