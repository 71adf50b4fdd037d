/* bench_json.c: a benchmark as JSON, which is also what a later one is compared with. */
#include <stdio.h>

#include "base/json.h"
#include "base/status.h"
#include "commands/bench_print.h"
#include "commands/profile_print.h"
#include "compare/leaderboard.h"
#include "compare/report_fields.h"

static void set_text(json_t *json, const char *key, const char *text)
{
    json_object_set_new(json, key, rn_json_text(text));
}

static void set_count(json_t *json, const char *key, int64_t count)
{
    json_object_set_new(json, key, json_integer((json_int_t)count));
}

static void set_bool(json_t *json, const char *key, bool value)
{
    json_object_set_new(json, key, json_boolean(value));
}

/* Which step, and of what. */
static void add_workload(json_t *json, const rn_bench_times *t)
{
    int64_t macs = 0;
    for (int32_t i = 0; i < t->plan->n_launches; i++)
        macs += rn_speed_macs(t->plan->launches[i].node);
    set_text(json, "network", t->session->config->name);
    set_text(json, "phase", t->plans->pass == RN_PASS_TRAIN ? "train-step" : "infer");
    set_count(json, "batch", t->plans->batch);
    set_count(json, "macs", macs * t->plans->n_all * t->plans->n_parts);
}

static void add_device(json_t *json, const rn_bench_times *t)
{
    const rn_config *config = t->session->config;
    const rn_device_info *info = &t->plan->device->info;
    set_text(json, "backend", rn_bench_label(t));
    set_count(json, "ranks", t->plans->n_all);
    set_text(json, "device", info->name);
    set_text(json, "library", info->library);
    set_text(json, "precision", rn_config_word(config, "backend.precision"));
    set_text(json, "convolution", rn_config_word(config, "backend.convolution"));
    set_bool(json, "deterministic", config->backend.deterministic);
    set_count(json, "threads", config->run.threads ? config->run.threads : info->threads);
}

static void add_machine(json_t *json, const rn_machine *machine)
{
    set_text(json, "processor", machine->processor);
    set_count(json, "processors", machine->processors);
    set_text(json, "system", machine->system);
}

/* Where a step's batch comes from. */
static const char *input_word(const rn_bench_options *options)
{
    if (options->loader)
        return "loader";
    return options->resident ? "device" : "resident";
}

json_t *rn_bench_about(const rn_bench_times *times, const rn_bench_options *options)
{
    json_t *json = json_object();
    set_text(json, "kind", RN_BENCH_KIND);
    set_count(json, "schema", RN_BENCH_SCHEMA);
    set_text(json, "version", RN_VERSION);
    add_machine(json, &times->machine);
    add_workload(json, times);
    set_text(json, "input", input_word(options));
    add_device(json, times);
    return json;
}

static json_t *with_device_ms(json_t *json, const rn_bench_times *times, double ms)
{
    if (times->profile)
        json_object_set_new(json, "device_ms", json_real(ms));
    return json;
}

static json_t *layers_json(const rn_bench_times *times, const rn_bench_rows *rows)
{
    json_t *layers = json_array();
    for (int32_t i = 0; i < times->plan->n_launches; i++) {
        const rn_bench_row row = rn_bench_rows_of(times, i);
        json_t *json = json_pack("{s:o, s:s, s:f, s:I, s:o}", "layer",
                                 rn_json_text(times->plan->launches[i].node->name), "operator",
                                 row.name, "ms", row.ms, "macs", (json_int_t)row.macs, "algorithm",
                                 rn_json_text(rows->answers[i].algorithm));
        json_array_append_new(layers, with_device_ms(json, times, row.device_ms));
    }
    return layers;
}

static json_t *kinds_json(const rn_bench_times *times, const rn_bench_rows *rows)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < rows->count; i++) {
        const rn_bench_row *row = &rows->list[i];
        json_t *json =
            json_pack("{s:s, s:i, s:f, s:f, s:I, s:f}", "operator", row->name, "count", row->count,
                      "ms", row->ms, "share", row->ms / times->speed.median_ms, "macs",
                      (json_int_t)row->macs, "gflops", rn_bench_rate(row));
        json_array_append_new(list, with_device_ms(json, times, row->device_ms));
    }
    return list;
}

/* Adds what is measured on one device only. */
static void add_operators(json_t *json, const rn_bench_times *times, const rn_bench_rows *rows)
{
    json_object_set_new(json, "explained", json_real(rows->all.ms / times->speed.median_ms));
    json_object_set_new(json, "operators", kinds_json(times, rows));
    json_object_set_new(json, "layers", layers_json(times, rows));
}

static json_t *baseline_json(const rn_bench_times *times)
{
    const rn_slower *slower = &times->slower;
    char text[RN_BENCH_SENTENCE];
    return json_pack("{s:o, s:f, s:f, s:f, s:f, s:I, s:b, s:s}", "file",
                     rn_json_text(times->baseline), "ratio", slower->ratio, "low", slower->low,
                     "high", slower->high, "p", slower->p, "block", (json_int_t)slower->block,
                     "differs", (int)slower->differs, "verdict", rn_bench_sentence(times, text));
}

static void add_speed(json_t *json, const rn_speed *speed)
{
    json_t *times = json_array();
    for (int64_t i = 0; i < speed->n_steps; i++)
        json_array_append_new(times, json_real(speed->times_ms[i]));
    rn_fields_json(json, rn_speed_fields, speed);
    set_text(json, "energy_of", speed->energy_of);
    json_object_set_new(json, "times_ms", times);
}

rn_status rn_bench_print_json(const rn_bench_times *t, const rn_bench_rows *rows, json_t *about)
{
    json_t *all = json_copy(about);
    add_speed(all, &t->speed);
    json_object_set_new(all, "ready_ms", json_real(t->ready_ms));
    json_object_set_new(all, "first_done_ms", json_real(t->ready_ms + t->speed.first_ms));
    json_object_set_new(all, "enqueue_ms", json_real(t->enqueue_ms));
    json_object_set_new(all, "result_wait_ms", json_real(t->result_wait_ms));
    json_object_set_new(all, "loader_wait_ms", json_real(t->wait_ms));
    set_count(all, "peak_bytes", t->peak_bytes);
    set_count(all, "arena_bytes", (int64_t)t->plan->memory->arena_bytes);
    if (t->plans->n_all == 1)
        add_operators(all, t, rows);
    if (t->ranks.n_ranks > 1)
        json_object_set_new(all, "scaling", rn_bench_ranks_json(&t->ranks));
    if (t->loader)
        json_object_set_new(all, "loader", rn_bench_loader_json(t->loader));
    if (t->profile)
        json_object_set_new(all, "kernels", rn_profile_json(t->profile, t->speed.median_ms));
    if (t->baseline)
        json_object_set_new(all, "baseline", baseline_json(t));
    bool is_written = all && !json_dumpf(all, stdout, JSON_INDENT(2));
    json_decref(all);
    putchar('\n');
    return is_written ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the report");
}
