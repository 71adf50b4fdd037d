/* verb_bench.c: resnet-run bench. */
#include "cli/verb.h"

#define DEFAULT_STEPS 10

static const rn_option options[] = {
    { 0, "warmup", "N", "number of untimed steps before", .take = rn_option_count,
      .default_text = "3", RN_OPTION_FIELD(bench.warmup) },
    { 0, "loader", NULL, "batches from the data set, not one resident", .take = rn_option_flag,
      RN_OPTION_FIELD(bench.loader) },
    { 0 },
};

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    rn_bench_options bench = given->bench;
    bench.batch = given->batch;
    bench.train_step = given->phase != RN_COMPARE_INFER;
    bench.steps = given->steps ? given->steps : DEFAULT_STEPS;
    bench.json = given->run.json;
    return rn_bench(config, registry, &bench);
}

const rn_verb rn_verb_bench = { .name = "bench",
                                .help = "times steps, whole and operator by operator",
                                .options = options,
                                .run = run };
