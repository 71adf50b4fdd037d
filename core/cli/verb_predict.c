/* verb_predict.c: resnet-run predict. */
#include "cli/verb.h"

static const rn_option options[] = {
    { 'n', "count", "N", "number of test images", .take = rn_option_count, .least = 1,
      .default_text = "5", RN_OPTION_FIELD(run.count) },
    { 0 },
};

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    return rn_run_predict(config, registry, &given->run);
}

const rn_verb rn_verb_predict = { "predict", "labels test images", options, run };
