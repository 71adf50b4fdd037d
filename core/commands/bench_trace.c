/* bench_trace.c: complete events ("X") on tracks, after "Trace Event Format"
 * (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU). Times are
 * microseconds since the first timed step. */
#include "commands/bench_trace.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/status.h"
#include "graph/op.h"
#include "io/file.h"

/* The device has a clock of its own, so it is a process of its own. X(constant, process, name) */
#define TRACKS(X)                                                                                  \
    X(STEPS, 1, "steps, as in training")                                                           \
    X(UPLOADS, 1, "uploads before operators one by one")                                           \
    X(OPERATORS, 1, "operators one by one, each waited for")                                       \
    X(KERNELS, 2, "kernels, by the device's clock")

typedef enum track {
#define CONSTANT(name, process, text) TRACK_##name,
    TRACKS(CONSTANT)
#undef CONSTANT
} track;

static const struct {
    int process;
    const char *name;
} tracks[] = {
#define ROW(name, process, text) { process, text },
    TRACKS(ROW)
#undef ROW
};

/* Names a process, or one of its tracks. */
static void add_name(json_t *events, const char *what, int process, int thread, const char *name)
{
    json_array_append_new(events,
                          json_pack("{s:s, s:s, s:i, s:i, s:{s:o}}", "name", what, "ph", "M", "pid",
                                    process, "tid", thread, "args", "name", rn_json_text(name)));
}

static void add_names(json_t *events, const rn_bench_times *times)
{
    char name[256];
    snprintf(name, sizeof name, "%s on %s", times->session->config->name, rn_bench_label(times));
    add_name(events, "process_name", 1, 0, name);
    if (times->profile) {
        snprintf(name, sizeof name, "device: %s", times->plan->device->info.name);
        add_name(events, "process_name", 2, 0, name);
    }
    for (int i = 0; i < (int)(sizeof tracks / sizeof *tracks); i++)
        if (tracks[i].process == 1 || times->profile)
            add_name(events, "thread_name", tracks[i].process, i + 1, tracks[i].name);
}

/* Takes ownership of `args`. */
static void add_span(json_t *events, track where, const char *name, double start_us, double ms,
                     json_t *args)
{
    json_array_append_new(events, json_pack("{s:o, s:s, s:i, s:i, s:f, s:f, s:o}", "name",
                                            rn_json_text(name), "ph", "X", "pid",
                                            tracks[where].process, "tid", (int)where + 1, "ts",
                                            start_us, "dur", ms * 1e3, "args", args));
}

/* Microseconds since the first step. */
static double since_first(const rn_bench_times *times, uint64_t ns)
{
    return (double)(int64_t)(ns - times->steps[0].start_ns) * 1e-3;
}

static json_t *numbered(const char *key, int64_t number)
{
    return json_pack("{s:I}", key, (json_int_t)number);
}

/* What an operator of round `round` is. */
static json_t *launch_args(const rn_bench_times *times, const rn_bench_rows *rows, int32_t i,
                           int64_t round)
{
    const rn_node *node = times->plan->launches[i].node;
    return json_pack("{s:o, s:s, s:I, s:I, s:o}", "layer", rn_json_text(node->name), "operator",
                     node->op->name, "round", (json_int_t)round, "macs",
                     (json_int_t)(rn_speed_macs(node) * times->plans->n_parts), "algorithm",
                     rn_json_text(rows->answers[i].algorithm));
}

static void add_round(json_t *events, const rn_bench_times *times, const rn_bench_rows *rows,
                      int64_t round)
{
    const rn_bench_span *span = &times->rounds[round];
    const rn_plan *plan = times->plan;
    const double *launches_ms = &times->rounds_ms[round * plan->n_launches];
    double at_us = since_first(times, span->start_ns);
    add_span(events, TRACK_UPLOADS, "upload", at_us, span->ms, numbered("round", round));
    at_us += span->ms * 1e3;
    for (int32_t i = 0; i < plan->n_launches; i++) {
        add_span(events, TRACK_OPERATORS, plan->launches[i].node->name, at_us, launches_ms[i],
                 launch_args(times, rows, i, round));
        at_us += launches_ms[i] * 1e3;
    }
}

/* The device's clock starts at any time: its first kernel is put where the host began to wait for
 * it. */
static void add_kernels(json_t *events, const rn_bench_times *times, const rn_bench_rows *rows)
{
    const rn_profile_times *profile = times->profile;
    int64_t i = 0;
    for (int32_t round = 0; round < profile->n_rounds; round++)
        for (; i < profile->round_ends[round]; i++) {
            const rn_profile_entry *entry = &profile->entries[i];
            uint64_t from_first_ns = entry->start_ns - profile->entries[0].start_ns;
            double at_us = since_first(times, profile->begin_ns) + (double)from_first_ns * 1e-3;
            add_span(events, TRACK_KERNELS, entry->kernel, at_us,
                     (double)(entry->end_ns - entry->start_ns) * 1e-6,
                     launch_args(times, rows, entry->run, round));
        }
}

static json_t *all_events(const rn_bench_times *times, const rn_bench_rows *rows)
{
    json_t *events = json_array();
    add_names(events, times);
    for (int64_t i = 0; i < times->speed.n_steps; i++)
        add_span(events, TRACK_STEPS, "step", since_first(times, times->steps[i].start_ns),
                 times->steps[i].ms, numbered("step", i));
    for (int64_t round = 0; round < times->n_rounds; round++)
        add_round(events, times, rows, round);
    if (times->profile)
        add_kernels(events, times, rows);
    return events;
}

rn_status rn_bench_trace_write(const char *path, const rn_bench_times *times,
                               const rn_bench_rows *rows, json_t *about)
{
    json_t *trace = json_pack("{s:o, s:s, s:O}", "traceEvents", all_events(times, rows),
                              "displayTimeUnit", "ms", "otherData", about);
    char *text = json_dumps(trace, JSON_COMPACT);
    rn_status status =
        text ? rn_file_write_text(path, text) : rn_fail(RN_E_NOMEM, "no memory for the trace");
    free(text);
    json_decref(trace);
    return status;
}
