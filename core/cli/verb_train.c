/* verb_train.c: resnet-run train. */
#include "cli/verb.h"

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    return rn_run_train(config, registry, &given->run);
}

const rn_verb rn_verb_train = { .name = "train",
                                .help =
                                    "trains, validates after each epoch, saves weights and curve",
                                .run = run };
