/* verb_train.c: resnet-run train. */
#include <string.h>

#include "base/status.h"
#include "cli/verb.h"

/* One of the options, once, says how training starts. */
static rn_status set_start(rn_options *options, const char *name, rn_start start)
{
    if (options->run.start)
        return rn_fail(RN_E_USAGE, "--%s: give one of --resume and --overwrite, and once", name);
    options->run.start = start;
    return RN_OK;
}

static rn_status take_resume(rn_options *options, const rn_option *option, const char *value)
{
    const char *name = option->name;
    rn_status status = set_start(options, name, value ? RN_START_AUTO : RN_START_RESUME);
    if (status)
        return status;
    if (value && strcmp(value, "auto") != 0)
        return rn_fail(RN_E_USAGE, "--%s=%s: expected --%s or --%s=auto", name, value, name, name);
    return RN_OK;
}

static rn_status take_overwrite(rn_options *options, const rn_option *option, const char *value)
{
    (void)value;
    return set_start(options, option->name, RN_START_OVERWRITE);
}

static const rn_option options[] = {
    { 0, "resume", "[=auto]", "goes on from the last checkpoint; auto: if there is one",
      .take = take_resume },
    { 0, "overwrite", NULL, "replaces the run that the output folder holds",
      .take = take_overwrite },
    { 0 },
};

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    return rn_run_train(config, registry, &given->run);
}

const rn_verb rn_verb_train = { .name = "train",
                                .help =
                                    "trains, validates after each epoch, saves weights and curve",
                                .options = options,
                                .run = run };
