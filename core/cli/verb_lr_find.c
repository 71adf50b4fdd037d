/* verb_lr_find.c: resnet-run lr-find. */
#include "cli/verb.h"

static const rn_option options[] = {
    { 0, "rates", "N", "learning rates to try, a step each", .take = rn_option_count, .least = 20,
      .default_text = "100", RN_OPTION_FIELD(lr_find.rates) },
    { 0, "lowest", "RATE", "the first learning rate", .take = rn_option_rate,
      .default_text = "1e-7", RN_OPTION_FIELD(lr_find.from) },
    { 0, "highest", "RATE", "the last one, if the loss does not diverge before",
      .take = rn_option_rate, .default_text = "10", RN_OPTION_FIELD(lr_find.to) },
    { 0, "csv", "FILE", "writes the learning rates and the losses", .take = rn_option_text,
      RN_OPTION_FIELD(lr_find.csv) },
    { 0 },
};

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    rn_lr_find_options find = given->lr_find;
    rn_config chosen = *config;
    if (given->batch)
        chosen.train.batch = given->batch;
    find.model = given->run.model;
    find.json = given->run.json;
    find.quiet = given->run.quiet;
    return rn_lr_find(&chosen, registry, &find);
}

const rn_verb rn_verb_lr_find = { .name = "lr-find",
                                  .help =
                                      "suggests a learning rate, from a sweep that keeps nothing",
                                  .options = options,
                                  .run = run };
