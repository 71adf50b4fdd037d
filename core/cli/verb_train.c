/* verb_train.c: resnet-run train. */
#include "base/status.h"
#include "cli/verb.h"
#include "train/overfit.h"

#define OVERFIT_STEPS 200

static rn_status take_overfit(rn_options *options, const rn_option *option, const char *value)
{
    options->overfit_steps = OVERFIT_STEPS;
    return value ? rn_option_count(options, option, value) : RN_OK;
}

static const rn_option options[] = {
    { 0, "overfit-batch", "[=STEPS]", "whether the network can learn one batch; keeps nothing",
      .take = take_overfit, .least = 1, RN_OPTION_FIELD(overfit_steps) },
    { 0 },
};

static rn_status overfit(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    const rn_overfit_params params = { .config = config,
                                       .registry = registry,
                                       .model = &given->run.model,
                                       .steps = given->overfit_steps,
                                       .quiet = given->run.quiet,
                                       .json = given->run.json };
    if (given->run.start || given->run.dry_run || given->batch == RN_BATCH_AUTO)
        return rn_fail(RN_E_USAGE, "--overfit-batch trains one batch anew and keeps nothing: leave "
                                   "out --resume, --overwrite, --dry-run and --batch=auto");
    return rn_overfit(&params);
}

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    rn_config chosen = *config;
    rn_run_options train = given->run;
    train.batch_auto = given->batch == RN_BATCH_AUTO;
    if (given->batch > 0)
        chosen.train.batch = given->batch;
    return given->overfit_steps ? overfit(&chosen, registry, given)
                                : rn_run_train(&chosen, registry, &train);
}

const rn_verb rn_verb_train = { .name = "train",
                                .help =
                                    "trains, validates after each epoch, saves weights and curve",
                                .options = options,
                                .is_shared = true,
                                .run = run };
