/* verb_grow.c: resnet-run grow. */
#include "base/status.h"
#include "cli/verb.h"
#include "commands/grow_run.h"

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    rn_config *larger = NULL;
    if (!given->n_operands)
        return rn_fail(RN_E_USAGE, "no larger network given; try: resnet-run grow %s LARGER.cfg",
                       given->cfg);
    if (!given->run.model.opened)
        return rn_fail(RN_E_USAGE, "%s: expected the folder of a run, or weights", given->cfg);
    rn_status status = rn_config_load(given->operands[0], (const char *const *)given->settings,
                                      given->n_settings, &larger);
    if (!status)
        status = rn_grow_run(config, larger, registry, &given->run);
    rn_config_destroy(larger);
    return status;
}

const rn_verb rn_verb_grow = { .name = "grow",
                               .operands = "LARGER.cfg",
                               .max_operands = 1,
                               .help = "starts a larger network as the one that was trained",
                               .run = run };
