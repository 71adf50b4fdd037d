/* study.h: `resnet-run study`: runs of several variants of a cfg, each with several seeds. */
#ifndef RN_CORE_COMMANDS_STUDY_H
#define RN_CORE_COMMANDS_STUDY_H

#include "config/config.h"

/* What the runs take from the command line, and the study's own options. */
typedef struct rn_study_options {
    const char *path; /* of the cfg */
    const char *const *settings;
    int n_settings;
    const char *plugin_path, *plugin_file; /* NULL: none */
    bool overwrite;                        /* runs whose configuration has changed */
    bool dry_run, quiet, json;
} rn_study_options;

/* Trains what is not trained yet, in folders below that of the study, and compares. A run that
 * fails does not keep the others from running; the status is then that of the first that failed. */
rn_status rn_study_start(const rn_config *config, const rn_study_options *options);

#endif
