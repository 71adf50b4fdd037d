/* run.h: training, as the command does it. */
#ifndef RN_CORE_TRAIN_RUN_H
#define RN_CORE_TRAIN_RUN_H

#include "config/config.h"
#include "plugin/registry.h"
#include "train/model.h"
#include "train/run_folder.h"

typedef struct rn_run_options {
    rn_start start; /* train; 0: RN_START_NEW */
    bool quiet, json;
    bool batch_auto; /* train: the largest that fits, or the resumed run's, in place of the cfg's */
    bool dry_run;    /* everything up to step 1 */
    rn_model_choice
        model;     /* train: `allow_changed` alone, or the weights that a new run starts from */
    int64_t count; /* predict, data: so many images */
} rn_run_options;

/* Results go to standard output, progress to standard error. */
rn_status rn_run_train(const rn_config *config, rn_registry *registry,
                       const rn_run_options *options);

#endif
