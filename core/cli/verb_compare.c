/* verb_compare.c: resnet-run compare. */
#include <stdlib.h>

#include "base/status.h"
#include "cli/verb.h"

#define DEFAULT_BATCH 4

static rn_status take_limit(rn_options *options, const rn_option *option, const char *value)
{
    char *end = NULL;
    double limit = strtod(value, &end);
    if (end == value || *end || !(limit > 0) || limit > 1e9)
        return rn_fail(RN_E_USAGE, "--%s=%s: expected a positive number", option->name, value);
    options->compare.limit = limit;
    return RN_OK;
}

static const rn_option options[] = {
    { 0, "backends", "A,B", "the first is the reference", .take = rn_option_text,
      RN_OPTION_FIELD(compare.backends) },
    { 0, "limit", "X", "largest relative difference", .take = take_limit, .default_text = "1e-4" },
    { 0 },
};

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    rn_compare_options compare = given->compare;
    compare.batch = given->batch ? given->batch : DEFAULT_BATCH;
    compare.train_step = given->train_step;
    compare.model = given->run.model;
    compare.model.allow_changed = true;
    compare.json = given->run.json;
    return rn_compare(config, registry, &compare);
}

const rn_verb rn_verb_compare = { .name = "compare",
                                  .help =
                                      "runs the same weights on several backends, layer by layer",
                                  .options = options,
                                  .follows_growth = true,
                                  .run = run };
