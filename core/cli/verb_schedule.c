/* verb_schedule.c: resnet-run schedule. */
#include "cli/verb.h"

static const rn_option options[] = {
    { 0, "svg", "FILE", "the curve as a drawing", .take = rn_option_text,
      RN_OPTION_FIELD(schedule.svg) },
    { 0 },
};

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    (void)registry;
    rn_schedule_options schedule = given->schedule;
    schedule.count = given->run.count;
    schedule.json = given->run.json;
    return rn_schedule_show(config, &schedule);
}

const rn_verb rn_verb_schedule = { .name = "schedule",
                                   .help = "draws the learning rate, without training",
                                   .options = options,
                                   .run = run };
