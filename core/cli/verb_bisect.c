/* verb_bisect.c: resnet-run bisect. */
#include "cli/verb.h"

#define DEFAULT_BATCH 4
#define DEFAULT_REPEATS 3

static const rn_option options[] = {
    { 0, "reference", "NAME", "what tells the right results", .take = rn_option_text,
      .default_text = "reference", RN_OPTION_FIELD(bisect.reference) },
    { 0, "replay", "FOLDER", "repeats a fault that was found", .take = rn_option_text,
      RN_OPTION_FIELD(bisect.replay) },
    { 0 },
};

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    rn_bisect_options bisect = given->bisect;
    bisect.batch = given->batch ? given->batch : DEFAULT_BATCH;
    bisect.repeats = given->repeats ? given->repeats : DEFAULT_REPEATS;
    bisect.train_step = given->phase != RN_COMPARE_INFER;
    bisect.folder = given->output;
    bisect.model = given->run.model;
    bisect.model.allow_changed = true;
    bisect.json = given->run.json;
    bisect.plugin_file = given->plugin_file;
    bisect.max_time_s = config->train.max_time_s;
    return rn_bisect(config, registry, &bisect);
}

const rn_verb rn_verb_bisect = { .name = "bisect",
                                 .help = "finds the smallest operator that a backend gets wrong",
                                 .options = options,
                                 .follows_growth = true,
                                 .run = run };
