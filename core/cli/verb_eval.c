/* verb_eval.c: resnet-run eval. */
#include <stdlib.h>

#include "base/status.h"
#include "cli/verb.h"

static rn_status take_share(rn_options *options, const rn_option *option, const char *value)
{
    char *end = NULL;
    double share = strtod(value, &end);
    if (end == value || *end || !(share >= 0 && share <= 1))
        return rn_fail(RN_E_USAGE, "--%s=%s: expected a share from 0 to 1", option->name, value);
    options->eval.min_top1 = share;
    return RN_OK;
}

static const rn_option options[] = {
    { 0, "report", "FOLDER", "where its files go; default: the run's folder",
      .take = rn_option_text, RN_OPTION_FIELD(eval.report) },
    { 0, "min-top1", "X", "status 1 if top-1 is lower, as in 0.9", .take = take_share },
    { 0 },
};

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    return rn_eval(config, registry, &given->run, &given->eval);
}

const rn_verb rn_verb_eval = { .name = "eval",
                               .help = "how often trained weights are right, and where not",
                               .options = options,
                               .follows_growth = true,
                               .is_shared = true,
                               .run = run };
