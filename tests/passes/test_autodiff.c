/* test_autodiff.c: the gradients of whole blocks, and of graphs that no block builds, compared with
 * finite differences on the oracle.
 *
 * f = sum of dy * y, in double. For a direction v of +-1 the derivative is measured by central
 * differences of steps h and h/2, extrapolated, and compared with sum(gradient * v):
 *     |measured - expected| <= 0.01 * max(Euclidean norm of the gradient, 0.1).
 * The minimum of 0.1 is for a bias that a normalisation cancels: its gradient is 0, and f must not
 * change either.
 *
 * Relu has no gradient at 0, so the biases before it keep its input far from there: each channel is
 * entirely on or entirely off. What remains is the rounding of activations to float32, divided by h
 * (measured: 4e-4), and the term in h^4 (measured: 0.0055 of the norm, for a weight before a
 * normalisation). A rule that omits a term, or counts one twice, errs by about the norm. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/attr.h"
#include "passes/autodiff.h"
#include "passes/autodiff_cases.h"
#include "passes/fuse.h"
#include "plan/plan.h"
#include "support/net_harness.h"
#include "support/op_oracle.h"

#define DIRECTIONS 4
#define STEP 0.03125
#define WEIGHT_STEP 0.0078125 /* for weights: the normalisation after them makes f curved */
#define TOLERANCE 1e-2
#define MIN_NORM 0.1

/* ---- Building a case ---- */

typedef struct trial {
    const autodiff_case *subject;
    const op_backend *backend;
    rn_device device;
    rn_dag *dag;
    rn_value *x, *y, *dy;
    rn_plan *plan;
    rn_store *store;
    rn_buffer *arena;
    float *y_values, *dy_values;
} trial;

/* A value to move, and the gradient at its start. */
typedef struct target {
    const rn_value *value;
    const rn_store_entry *entry; /* NULL: the input */
    int64_t count;
    float *start, *moved, *gradient;
} target;

static rn_value *build_plugin_block(trial *t)
{
    const autodiff_case *c = t->subject;
    const rn_block *block = NULL;
    rn_attrs *attrs = NULL;
    int32_t n = 0;
    while (n < AUTODIFF_SETTINGS && c->settings[n].name)
        n++;
    rn_status status = rn_registry_block(net_registry(), c->block, &block);
    if (!status)
        status =
            rn_attrs_from_settings(block->attrs, block->n_attrs, c->settings, n, c->block, &attrs);
    rn_value *y = status ? NULL : rn_dag_block(t->dag, block, attrs, "", t->x);
    rn_attrs_destroy(attrs);
    return y;
}

static rn_status build(trial *t, bool merged)
{
    rn_tensor_desc x = rn_desc_make(RN_F32, 4, (const int64_t[]){ 2, 8, 4, 4 });
    int32_t mask_dtype;
    rn_status status = rn_device_mask_dtype(&t->device, &mask_dtype);
    if (status)
        return status;
    status = rn_dag_create(true, mask_dtype, &t->dag);
    if (status)
        return status;
    t->x = rn_dag_input(t->dag, "x", &x);
    t->x->needs_gradient = true;
    t->y = t->subject->build ? t->subject->build(&t->dag->builder, t->x) : build_plugin_block(t);
    if (!t->y)
        return t->dag->status ? t->dag->status : RN_E_CONFIG;
    if (merged)
        status = rn_fuse_norm(t->dag, &t->device);
    rn_tensor_desc dy = t->y->desc;
    t->dy = rn_dag_input(t->dag, "dy", &dy);
    if (!status)
        status = t->dag->status;
    if (!status)
        status = rn_autodiff_append(t->dag, t->y, t->dy);
    if (!status && merged)
        status = rn_fuse_gradients(t->dag, &t->device);
    for (int32_t i = 0; i < t->dag->n_values && !status; i++)
        if (t->dag->values[i]->gradient)
            t->dag->values[i]->gradient->pinned = true;
    t->y->pinned = true;
    return status;
}

static rn_status make_plan(trial *t)
{
    rn_dag *dag = t->dag;
    t->dag = NULL;
    rn_status status = rn_plan_create(&t->device, dag, &t->plan);
    if (status)
        return status;
    status = rn_store_create(&(rn_device *){ &t->device }, 1, t->plan->dag, &t->store);
    if (status)
        return status;
    status = t->device.backend->buffer_create(t->device.context, t->plan->memory->arena_bytes,
                                              &t->arena);
    if (status)
        return status;
    status = rn_plan_bind(t->plan, t->store, 0, t->arena);
    if (status)
        return status;
    t->y_values = malloc(t->y->desc.size_bytes);
    t->dy_values = malloc(t->y->desc.size_bytes);
    return t->y_values && t->dy_values ? RN_OK : RN_E_NOMEM;
}

static void close_trial(trial *t)
{
    rn_dag_destroy(t->dag);
    rn_plan_destroy(t->plan);
    rn_store_destroy(t->store);
    if (t->arena)
        t->device.backend->buffer_destroy(t->device.context, t->arena);
    free(t->y_values);
    free(t->dy_values);
}

/* ---- Where the differences are taken ---- */

static bool ends_in(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

/* Multiples of 2^-10, so that a step changes them exactly. */
static float grid(op_random *random, double limit)
{
    return (float)op_pick(random, (int64_t)(-1024 * limit), (int64_t)(1024 * limit)) / 1024;
}

/* A normalisation on a shortcut must not cancel the bias of the one that it is added to. */
static bool on_shortcut(const rn_value *value)
{
    return strstr(value->name, "downsample") || strstr(value->name, "bn4");
}

static void fill_parameter(const rn_value *value, op_random *random, float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (value->is_norm && ends_in(value->name, "bias"))
            values[i] = (on_shortcut(value) ? 1 : 6) * (float)(op_pick(random, 0, 1) ? 1 : -1);
        else if (value->is_norm)
            values[i] = 0.25f + grid(random, 0.0625);
        else
            values[i] = grid(random, 0.5);
}

static float *allocate(int64_t count)
{
    float *values = calloc((size_t)count, sizeof *values);
    if (!values)
        abort();
    return values;
}

/* Lists everything that has a gradient, with start values; returns their number. */
static int list_targets(trial *t, target targets[])
{
    op_random random = { .seed = 77 };
    int n = 0;
    for (int32_t i = 0; i < t->plan->dag->n_values; i++) {
        const rn_value *value = t->plan->dag->values[i];
        if (value != t->x && value->role != RN_ROLE_PARAM)
            continue;
        target *a = &targets[n++];
        *a = (target){ .value = value, .count = rn_desc_count(&value->desc) };
        a->entry = value == t->x ? NULL : rn_store_find(t->store, value->name);
        a->start = allocate(a->count);
        a->moved = allocate(a->count);
        a->gradient = allocate(a->count);
        if (value == t->x)
            for (int64_t k = 0; k < a->count; k++)
                a->start[k] = grid(&random, 1);
        else
            fill_parameter(value, &random, a->start, a->count);
    }
    for (int64_t k = 0; k < rn_desc_count(&t->y->desc); k++)
        t->dy_values[k] = grid(&random, 1);
    return n;
}

static rn_status upload(trial *t, const target *a, const float *values)
{
    return a->entry ? rn_store_upload(t->store, a->entry, values)
                    : rn_plan_upload(t->plan, a->value, values);
}

/* Computes f. The arena does not preserve inputs, so all are uploaded again. */
static double evaluate(trial *t, const float *x)
{
    const int32_t random[2] = { 5, 9 };
    double sum = 0;
    const rn_value *random_input = t->plan->dag->random;
    bool ran = !rn_plan_upload(t->plan, t->x, x) && !rn_plan_upload(t->plan, t->dy, t->dy_values) &&
               !(random_input && rn_plan_upload(t->plan, random_input, random)) &&
               !rn_plan_run(t->plan) && !rn_plan_download(t->plan, t->y, t->y_values);
    op_check(ran, "%s: %s", t->subject->name, rn_fail_text());
    for (int64_t i = 0; i < rn_desc_count(&t->y->desc); i++)
        sum += (double)t->y_values[i] * (double)t->dy_values[i];
    return sum;
}

/* (f(a + h v) - f(a - h v)) / 2h */
static double central_difference(trial *t, const target *a, const float *x, const signed char *v,
                                 double h)
{
    double at[2] = { 0, 0 };
    for (int side = 0; side < 2; side++) {
        for (int64_t i = 0; i < a->count; i++)
            a->moved[i] = a->start[i] + (float)(side ? -h : h) * (float)v[i];
        if (a->entry)
            op_check(!upload(t, a, a->moved), "%s", rn_fail_text());
        at[side] = evaluate(t, a->entry ? x : a->moved);
    }
    if (a->entry)
        op_check(!upload(t, a, a->start), "%s", rn_fail_text());
    return (at[0] - at[1]) / (2 * h);
}

static void check_target(trial *t, const target *a, const float *x)
{
    static signed char v[65536];
    op_random random = { .seed = 31 };
    double norm = 0, step = a->value->desc.rank == 4 && a->entry ? WEIGHT_STEP : STEP;
    for (int64_t i = 0; i < a->count; i++)
        norm += (double)a->gradient[i] * (double)a->gradient[i];
    norm = fmax(sqrt(norm), MIN_NORM);
    for (int d = 0; d < DIRECTIONS; d++) {
        double expected = 0;
        for (int64_t i = 0; i < a->count; i++) {
            v[i] = (signed char)(2 * op_pick(&random, 0, 1) - 1);
            expected += (double)a->gradient[i] * (double)v[i];
        }
        double full = central_difference(t, a, x, v, step),
               half = central_difference(t, a, x, v, step / 2);
        double measured = (4 * half - full) / 3;
        op_check(fabs(measured - expected) <= TOLERANCE * norm,
                 "%s: %s, direction %d: %.7g, differences give %.7g (error: %.2g of the norm)",
                 t->subject->name, a->value->name, d, expected, measured,
                 fabs(measured - expected) / norm);
    }
}

static void check_gradients(trial *t)
{
    static target targets[64];
    int n = list_targets(t, targets);
    const float *x = NULL;
    rn_status status = RN_OK;
    for (int i = 0; i < n; i++)
        if (!targets[i].entry)
            x = targets[i].start;
        else if (!status)
            status = upload(t, &targets[i], targets[i].start);
    if (op_accepted(t->backend, status, t->subject->name))
        (void)evaluate(t, x);
    for (int i = 0; i < n && !status; i++) {
        const rn_value *gradient = targets[i].value->gradient;
        bool is_used = strncmp(targets[i].value->name, "unused", 6) != 0;
        op_check((gradient != NULL) == is_used, "%s: the gradient of %s is %s", t->subject->name,
                 targets[i].value->name, gradient ? "computed although unused" : "missing");
        if (gradient)
            status = rn_plan_download(t->plan, gradient, targets[i].gradient);
    }
    for (int i = 0; i < n && !status; i++)
        check_target(t, &targets[i], x);
    for (int i = 0; i < n; i++) {
        free(targets[i].start);
        free(targets[i].moved);
        free(targets[i].gradient);
    }
}

/* Whoever compares graphs knows operators by their names. */
static void check_sum_names(const trial *t)
{
    const rn_dag *dag = t->plan->dag;
    for (int32_t i = 0; i < dag->n_nodes; i++)
        for (int32_t j = 0; j < i; j++)
            op_check(!strstr(dag->nodes[i]->name, ".gradient_sum") ||
                         strcmp(dag->nodes[i]->name, dag->nodes[j]->name) != 0,
                     "%s: two sums are named %s", t->subject->name, dag->nodes[i]->name);
}

static void test_case(const op_backend *none, const void *subject)
{
    (void)none;
    const op_backend *backend = op_backend_at(0);
    for (int merged = 0; merged < 2; merged++) {
        trial t = { .subject = subject,
                    .backend = backend,
                    .device = { .backend = backend->table,
                                .context = backend->context,
                                .label = (char[]){ "reference" } } };
        rn_status status = build(&t, merged);
        if (!status)
            status = make_plan(&t);
        if (op_accepted(backend, status, t.subject->name)) {
            check_sum_names(&t);
            check_gradients(&t);
        }
        close_trial(&t);
    }
}

int main(void)
{
    if (op_backends_open() > 0)
        for (const autodiff_case *c = autodiff_cases; c->name; c++)
            op_tests_add_once(c->name, test_case, c);
    int result = op_tests_run("autodiff compared with finite differences");
    net_registry_close();
    return result;
}
