/* verb_study.c: resnet-run study. */
#include "cli/verb.h"

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    (void)registry;
    const rn_study_options study = { .path = given->cfg,
                                     .settings = (const char *const *)given->settings,
                                     .n_settings = given->n_settings,
                                     .plugin_path = given->plugin_path,
                                     .plugin_file = given->plugin_file,
                                     .overwrite = given->run.start == RN_START_OVERWRITE,
                                     .dry_run = given->run.dry_run,
                                     .quiet = given->run.quiet,
                                     .json = given->run.json };
    return rn_study_start(config, &study);
}

const rn_verb rn_verb_study = { .name = "study",
                                .help = "trains variants of a cfg with several seeds, and compares",
                                .run = run };
