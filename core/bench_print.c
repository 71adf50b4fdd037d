/* bench_print.c: the table of operators, that of their kinds, and the line of the whole step, as
 * text and as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "bench_print.h"
#include "op.h"
#include "status.h"

/* All operators of one name, or all there are. */
typedef struct kind {
    const char *name;
    int32_t count;
    double ms;
    int64_t macs;
} kind;

typedef struct kinds {
    kind *list; /* the slowest first */
    int32_t count;
    kind all;
    rn_op_answer *answers; /* of the backend, by launch: they name the algorithm */
} kinds;

static int64_t macs_of(const rn_node *node)
{
    rn_cost cost = { 0 };
    if (node->op->cost)
        node->op->cost(node, &cost);
    return cost.macs;
}

static double gflops(int64_t macs, double ms)
{
    return ms > 0 ? 2e-6 * (double)macs / ms : 0;
}

static int by_ms(const void *a, const void *b)
{
    double x = ((const kind *)a)->ms, y = ((const kind *)b)->ms;
    return x > y ? -1 : x < y;
}

static void count_in(kind *to, double ms, int64_t macs)
{
    to->count++;
    to->ms += ms;
    to->macs += macs;
}

static kind *kind_of(kinds *k, const char *name)
{
    for (int32_t i = 0; i < k->count; i++)
        if (strcmp(k->list[i].name, name) == 0)
            return &k->list[i];
    k->list[k->count].name = name;
    return &k->list[k->count++];
}

/* Cleared by the caller, also after a failure. */
static rn_status add_up(const rn_bench_times *times, kinds *k)
{
    const rn_plan *plan = times->plan;
    rn_status status = RN_OK;
    k->list = calloc((size_t)plan->n_launches + 1, sizeof *k->list);
    k->answers = calloc((size_t)plan->n_launches + 1, sizeof *k->answers);
    if (!k->list || !k->answers)
        return rn_fail(RN_E_NOMEM, "no memory for the report");
    for (int32_t i = 0; i < plan->n_launches && !status; i++) {
        const rn_node *node = plan->launches[i].node;
        count_in(kind_of(k, node->op->name), times->layers_ms[i], macs_of(node));
        count_in(&k->all, times->layers_ms[i], macs_of(node));
        status = rn_device_query(plan->device, node, &k->answers[i]);
    }
    qsort(k->list, (size_t)k->count, sizeof *k->list, by_ms);
    return status;
}

static void kinds_clear(kinds *k)
{
    free(k->list);
    free(k->answers);
}

static int64_t batch_of(const rn_plan *plan)
{
    return plan->dag->images->desc.shape[0];
}

/* The columns that only some rows have. */
static void print_rate(int64_t macs, double ms, const char *algorithm)
{
    if (macs)
        printf(" %9.1f", gflops(macs, ms));
    if (*algorithm)
        printf("%*s%s", macs ? 2 : 12, "", algorithm);
    putchar('\n');
}

static void print_layers(const rn_bench_times *times, const kinds *k)
{
    printf("%-36s %-26s %10s %9s  algorithm\n", "layer", "operator", "ms", "GFLOP/s");
    for (int32_t i = 0; i < times->plan->n_launches; i++) {
        const rn_node *node = times->plan->launches[i].node;
        printf("%-36s %-26s %10.3f", node->name, node->op->name, times->layers_ms[i]);
        print_rate(macs_of(node), times->layers_ms[i], k->answers[i].algorithm);
    }
}

static void print_kinds(const kinds *k, double step_ms)
{
    printf("\n%-36s %26s %10s %9s %9s\n", "operator", "how many", "ms", "of a step", "GFLOP/s");
    for (int32_t i = 0; i <= k->count; i++) {
        const kind *row = i < k->count ? &k->list[i] : &k->all;
        printf("%-36s %26d %10.3f %8.1f%%", i < k->count ? row->name : "all", row->count, row->ms,
               100 * row->ms / step_ms);
        print_rate(row->macs, row->ms, "");
    }
}

rn_status rn_bench_print(const rn_bench_times *t)
{
    const rn_device *device = t->session->device;
    int64_t batch = batch_of(t->plan);
    kinds k = { 0 };
    rn_status status = add_up(t, &k);
    if (status)
        goto done;
    print_layers(t, &k);
    print_kinds(&k, t->median_ms);
    printf("\n%s on %s (%s), %s, batch %lld\n", t->session->config->name, device->label,
           device->info.library,
           t->plan->pass == RN_PASS_TRAIN ? "training step" : "inference", (long long)batch);
    printf("median %.2f ms, 90th percentile %.2f ms, %.1f images/s, %.1f GFLOP/s; the operators "
           "above explain %.1f%%\n"
           "peak memory %.1f MiB, arena %.1f MiB; ready for the first step after %.0f ms, its end "
           "after %.0f ms\n",
           t->median_ms, t->p90_ms, (double)batch * 1e3 / t->median_ms,
           gflops(k.all.macs, t->median_ms), 100 * k.all.ms / t->median_ms,
           (double)t->peak_bytes / 1048576.0, (double)t->plan->memory->arena_bytes / 1048576.0,
           t->ready_ms, t->first_ms);
done:
    kinds_clear(&k);
    return status;
}

static json_t *layers_json(const rn_bench_times *times, const kinds *k)
{
    json_t *layers = json_array();
    for (int32_t i = 0; i < times->plan->n_launches; i++) {
        const rn_node *node = times->plan->launches[i].node;
        json_array_append_new(layers, json_pack(
            "{s:s, s:s, s:f, s:I, s:s}", "layer", node->name, "operator", node->op->name, "ms",
            times->layers_ms[i], "macs", (json_int_t)macs_of(node), "algorithm",
            k->answers[i].algorithm));
    }
    return layers;
}

static json_t *kinds_json(const kinds *k, double step_ms)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < k->count; i++) {
        const kind *row = &k->list[i];
        json_array_append_new(list, json_pack(
            "{s:s, s:i, s:f, s:f, s:I, s:f}", "operator", row->name, "count", row->count, "ms",
            row->ms, "share", row->ms / step_ms, "macs", (json_int_t)row->macs, "gflops",
            gflops(row->macs, row->ms)));
    }
    return list;
}

rn_status rn_bench_print_json(const rn_bench_times *t)
{
    const rn_device *device = t->session->device;
    int64_t batch = batch_of(t->plan);
    kinds k = { 0 };
    json_t *all = NULL;
    rn_status status = add_up(t, &k);
    if (status)
        goto done;
    all = json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:o, s:o}",
        "network", t->session->config->name, "backend", device->label, "library",
        device->info.library, "phase", t->plan->pass == RN_PASS_TRAIN ? "train-step" : "infer",
        "batch", (json_int_t)batch, "ready_ms", t->ready_ms, "first_ms", t->first_ms, "median_ms",
        t->median_ms, "p90_ms", t->p90_ms, "loader_wait_ms", t->wait_ms, "images_per_s",
        (double)batch * 1e3 / t->median_ms, "gflops", gflops(k.all.macs, t->median_ms),
        "explained", k.all.ms / t->median_ms, "peak_bytes", (json_int_t)t->peak_bytes,
        "arena_bytes", (json_int_t)t->plan->memory->arena_bytes, "operators",
        kinds_json(&k, t->median_ms), "layers", layers_json(t, &k));
    if (!all) {
        status = rn_fail(RN_E_NOMEM, "no memory for the report");
        goto done;
    }
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
done:
    json_decref(all);
    kinds_clear(&k);
    return status;
}
