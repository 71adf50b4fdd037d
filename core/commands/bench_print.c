/* bench_print.c: prints the operators, their sums by type and the whole step, as text and as JSON.
 * Rates use the device's times where these are known. */
#include "commands/bench_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "commands/profile_print.h"
#include "graph/op.h"

/* The sum over the operators of one name, or over all operators. */
typedef struct kind {
    const char *name;
    int32_t count;
    double ms, device_ms; /* device_ms 0: unknown */
    int64_t macs;
} kind;

typedef struct kinds {
    kind *list; /* the slowest first */
    int32_t count;
    kind all;
    rn_op_answer *answers; /* by launch; they name the algorithm */
} kinds;

static int64_t macs_of(const rn_node *node)
{
    rn_cost cost = { 0 };
    if (node->op->rule->cost)
        node->op->rule->cost(node, &cost);
    return cost.macs;
}

static double gflops(int64_t macs, double ms)
{
    return ms > 0 ? 2e-6 * (double)macs / ms : 0;
}

/* The i-th operator as a sum of one. */
static kind one(const rn_bench_times *times, int32_t i)
{
    const rn_node *node = times->plan->launches[i].node;
    return (kind){ .name = node->op->name,
                   .count = 1,
                   .ms = times->layers_ms[i],
                   .device_ms = times->profile ? times->profile->launches_ms[i] : 0,
                   .macs = macs_of(node) };
}

static double rate(const kind *k)
{
    return gflops(k->macs, k->device_ms > 0 ? k->device_ms : k->ms);
}

static int by_ms(const void *a, const void *b)
{
    double x = ((const kind *)a)->ms, y = ((const kind *)b)->ms;
    return x > y ? -1 : x < y;
}

static void count_in(kind *to, const kind *from)
{
    to->count += from->count;
    to->ms += from->ms;
    to->device_ms += from->device_ms;
    to->macs += from->macs;
}

static kind *kind_of(kinds *k, const char *name)
{
    for (int32_t i = 0; i < k->count; i++)
        if (strcmp(k->list[i].name, name) == 0)
            return &k->list[i];
    k->list[k->count].name = name;
    return &k->list[k->count++];
}

/* The caller clears them, also on failure. */
static rn_status add_up(const rn_bench_times *times, kinds *k)
{
    const rn_plan *plan = times->plan;
    rn_status status = RN_OK;
    k->list = calloc((size_t)plan->n_launches + 1, sizeof *k->list);
    k->answers = calloc((size_t)plan->n_launches + 1, sizeof *k->answers);
    if (!k->list || !k->answers)
        return rn_fail(RN_E_NOMEM, "no memory for the report");
    for (int32_t i = 0; i < plan->n_launches && !status; i++) {
        const kind operator= one(times, i);
        count_in(kind_of(k, operator.name), &operator);
        count_in(&k->all, &operator);
        status = rn_device_query(plan->device, plan->launches[i].node, &k->answers[i]);
    }
    qsort(k->list, (size_t)k->count, sizeof *k->list, by_ms);
    return status;
}

static void kinds_clear(kinds *k)
{
    free(k->list);
    free(k->answers);
}

/* The label of the device, or of all devices that share the step. */
static const char *label_of(const rn_bench_times *times)
{
    return times->plans->n_ranks > 1 ? times->session->label : times->plan->device->label;
}

static double step_gflops(const rn_bench_times *times, const kinds *k)
{
    return gflops(k->all.macs * times->plans->n_ranks, times->median_ms);
}

/* The heading of a column that only some reports have. */
static const char *device_heading(const rn_bench_times *times)
{
    return times->profile ? "  device ms" : "";
}

static void print_device_ms(const rn_bench_times *times, double ms)
{
    if (times->profile)
        rn_print(stdout, " %10.3f", ms);
}

/* The columns that only some rows have. */
static void print_rate(const kind *k, const char *algorithm)
{
    if (k->macs)
        rn_print(stdout, " %9.1f", rate(k));
    if (*algorithm)
        rn_print(stdout, "%*s%s", k->macs ? 2 : 12, "", algorithm);
    putchar('\n');
}

static void print_layers(const rn_bench_times *times, const kinds *k)
{
    rn_print(stdout, "%-36s %-26s %10s%s %9s  algorithm\n", "layer", "operator", "ms",
             device_heading(times), "GFLOP/s");
    for (int32_t i = 0; i < times->plan->n_launches; i++) {
        const kind operator= one(times, i);
        rn_print(stdout, "%-36s %-26s %10.3f",
                 times->plan->launches[i].node->name, operator.name, operator.ms);
        print_device_ms(times, operator.device_ms);
        print_rate(&operator, k->answers[i].algorithm);
    }
}

static void print_kinds(const rn_bench_times *times, const kinds *k)
{
    rn_print(stdout, "\n%-36s %26s %10s %9s%s %9s\n", "operator", "how many", "ms", "of a step",
             device_heading(times), "GFLOP/s");
    for (int32_t i = 0; i <= k->count; i++) {
        const kind *row = i < k->count ? &k->list[i] : &k->all;
        rn_print(stdout, "%-36s %26d %10.3f %8.1f%%", i < k->count ? row->name : "all", row->count,
                 row->ms, 100 * row->ms / times->median_ms);
        print_device_ms(times, row->device_ms);
        print_rate(row, "");
    }
}

static void print_profile(const rn_bench_times *times)
{
    if (!times->profile)
        return;
    rn_profile_print(times->profile, times->median_ms);
    rn_print(stdout, "\nof a step the device computes for %.3f ms (%.1f%%), by its own clock\n",
             times->profile->ms, 100 * times->profile->ms / times->median_ms);
}

rn_status rn_bench_print(const rn_bench_times *t)
{
    const rn_device *device = t->plan->device;
    int64_t batch = t->plans->batch;
    bool is_one = t->plans->n_ranks == 1;
    kinds k = { 0 };
    rn_status status = add_up(t, &k);
    if (status)
        goto done;
    if (is_one) {
        print_layers(t, &k);
        print_kinds(t, &k);
        print_profile(t);
    } else {
        rn_print(stdout, "On several devices whole steps are timed, not operators; give one device "
                         "for these.\n");
    }
    rn_print(stdout, "\n%s on %s (%s), %s, batch %lld\n", t->session->config->name, label_of(t),
             device->info.library, t->plans->pass == RN_PASS_TRAIN ? "training step" : "inference",
             (long long)batch);
    rn_print(stdout, "median %.2f ms, 90th percentile %.2f ms, %.1f images/s, %.1f GFLOP/s",
             t->median_ms, t->p90_ms, (double)batch * 1e3 / t->median_ms, step_gflops(t, &k));
    if (is_one)
        rn_print(stdout, "; the operators above explain %.1f%%", 100 * k.all.ms / t->median_ms);
    rn_print(stdout,
             "\npeak memory %.1f MiB, arena %.1f MiB; ready for the first step after %.0f "
             "ms, its end after %.0f ms\n",
             (double)t->peak_bytes / 1048576.0, (double)t->plan->memory->arena_bytes / 1048576.0,
             t->ready_ms, t->first_ms);
    if (t->loader)
        rn_bench_loader_print(t->loader, t->wait_ms);
done:
    kinds_clear(&k);
    return status;
}

static json_t *with_device_ms(json_t *json, const rn_bench_times *times, double ms)
{
    if (times->profile)
        json_object_set_new(json, "device_ms", json_real(ms));
    return json;
}

static json_t *layers_json(const rn_bench_times *times, const kinds *k)
{
    json_t *layers = json_array();
    for (int32_t i = 0; i < times->plan->n_launches; i++) {
        const kind operator= one(times, i);
        json_t *json =
            json_pack("{s:o, s:s, s:f, s:I, s:o}", "layer",
                      rn_json_text(times->plan->launches[i].node->name), "operator", operator.name,
                      "ms", operator.ms, "macs", (json_int_t) operator.macs, "algorithm",
                      rn_json_text(k->answers[i].algorithm));
        json_array_append_new(layers, with_device_ms(json, times, operator.device_ms));
    }
    return layers;
}

static json_t *kinds_json(const rn_bench_times *times, const kinds *k)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < k->count; i++) {
        const kind *row = &k->list[i];
        json_t *json = json_pack("{s:s, s:i, s:f, s:f, s:I, s:f}", "operator", row->name, "count",
                                 row->count, "ms", row->ms, "share", row->ms / times->median_ms,
                                 "macs", (json_int_t)row->macs, "gflops", rate(row));
        json_array_append_new(list, with_device_ms(json, times, row->device_ms));
    }
    return list;
}

/* Adds what is measured on one device only. */
static void add_operators(json_t *json, const rn_bench_times *times, const kinds *k)
{
    json_object_set_new(json, "explained", json_real(k->all.ms / times->median_ms));
    json_object_set_new(json, "operators", kinds_json(times, k));
    json_object_set_new(json, "layers", layers_json(times, k));
}

rn_status rn_bench_print_json(const rn_bench_times *t)
{
    const rn_device *device = t->plan->device;
    int64_t batch = t->plans->batch;
    kinds k = { 0 };
    json_t *all = NULL;
    rn_status status = add_up(t, &k);
    if (status)
        goto done;
    all = json_pack("{s:s, s:o, s:i, s:o, s:s, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I}",
                    "network", t->session->config->name, "backend", rn_json_text(label_of(t)),
                    "ranks", (int)t->plans->n_ranks, "library", rn_json_text(device->info.library),
                    "phase", t->plans->pass == RN_PASS_TRAIN ? "train-step" : "infer", "batch",
                    (json_int_t)batch, "ready_ms", t->ready_ms, "first_ms", t->first_ms,
                    "median_ms", t->median_ms, "p90_ms", t->p90_ms, "loader_wait_ms", t->wait_ms,
                    "images_per_s", (double)batch * 1e3 / t->median_ms, "gflops",
                    step_gflops(t, &k), "peak_bytes", (json_int_t)t->peak_bytes, "arena_bytes",
                    (json_int_t)t->plan->memory->arena_bytes);
    if (!all) {
        status = rn_fail(RN_E_NOMEM, "no memory for the report");
        goto done;
    }
    if (t->plans->n_ranks == 1)
        add_operators(all, t, &k);
    if (t->loader)
        json_object_set_new(all, "loader", rn_bench_loader_json(t->loader));
    if (t->profile)
        json_object_set_new(all, "kernels", rn_profile_json(t->profile, t->median_ms));
    with_device_ms(all, t, t->profile ? t->profile->ms : 0);
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
done:
    json_decref(all);
    kinds_clear(&k);
    return status;
}
