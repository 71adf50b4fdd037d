/* verb_eval.c: resnet-run eval. */
#include "cli/verb.h"

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *options)
{
    return rn_eval(config, registry, &options->run);
}

const rn_verb rn_verb_eval = { .name = "eval",
                               .help = "loss and accuracy of trained weights",
                               .run = run };
