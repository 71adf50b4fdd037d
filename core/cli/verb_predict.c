/* verb_predict.c: resnet-run predict. */
#include "cli/verb.h"

#define DEFAULT_COUNT 5

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    rn_run_options predict = given->run;
    if (!predict.count)
        predict.count = DEFAULT_COUNT;
    return rn_predict(config, registry, &predict);
}

const rn_verb rn_verb_predict = { .name = "predict", .help = "labels test images", .run = run };
