/* verb_summary.c: resnet-run summary. */
#include "cli/verb.h"

static const rn_option options[] = {
    { 0, "algorithms", NULL, "how the backend computes each operator", .take = rn_option_flag,
      RN_OPTION_FIELD(summary.algorithms) },
    { 0 },
};

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    rn_summary_options summary = given->summary;
    summary.json = given->run.json;
    return rn_summary(config, registry, &summary);
}

const rn_verb rn_verb_summary = { "summary",
                                  "table of layers, parameters, multiply-adds, memory plan",
                                  options, run };
