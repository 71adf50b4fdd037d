/* verb_bench.c: resnet-run bench. */
#include <stdlib.h>

#include "base/status.h"
#include "cli/verb.h"

#define DEFAULT_STEPS 10

static rn_status take_percent(rn_options *options, const rn_option *option, const char *value)
{
    char *end = NULL;
    double percent = strtod(value, &end);
    if (end == value || *end || !(percent >= 0 && percent <= 1e9))
        return rn_fail(RN_E_USAGE, "--%s=%s: expected a number of percent from 0 to 1e9",
                       option->name, value);
    options->bench.fails = true;
    options->bench.fail_above = percent;
    return RN_OK;
}

static const rn_option options[] = {
    { 0, "warmup", "N", "number of untimed steps before", .take = rn_option_count,
      .default_text = "3", RN_OPTION_FIELD(bench.warmup) },
    { 0, "loader", NULL, "batches from the data set, not one that repeats", .take = rn_option_flag,
      RN_OPTION_FIELD(bench.loader) },
    { 0, "resident", NULL, "the batch stays on the device", .take = rn_option_flag,
      RN_OPTION_FIELD(bench.resident) },
    { 0, "baseline", "FILE", "compares with an earlier bench --json", .take = rn_option_text,
      RN_OPTION_FIELD(bench.baseline) },
    { 0, "fail-above", "PCT", "status 1 if slower than the baseline by more",
      .take = take_percent },
    { 0, "trace", "FILE", "a time axis, for ui.perfetto.dev", .take = rn_option_text,
      RN_OPTION_FIELD(bench.trace) },
    { 0 },
};

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    rn_bench_options bench = given->bench;
    bench.batch = given->batch;
    bench.train_step = given->phase != RN_COMPARE_INFER;
    bench.steps = given->steps ? given->steps : DEFAULT_STEPS;
    bench.json = given->run.json;
    bench.model = given->run.model;
    bench.model.allow_changed = true;
    return rn_bench(config, registry, &bench);
}

const rn_verb rn_verb_bench = { .name = "bench",
                                .help = "times steps, whole and operator by operator",
                                .options = options,
                                .follows_growth = true,
                                .is_shared = true,
                                .run = run };
