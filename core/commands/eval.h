/* eval.h: how good trained weights are on the validation samples. */
#ifndef RN_CORE_COMMANDS_EVAL_H
#define RN_CORE_COMMANDS_EVAL_H

#include "train/run.h"

typedef struct rn_eval_options {
    const char *report; /* the folder for its files; NULL: the run's, if the weights are a run's */
    double min_top1;    /* less is RN_E_MISMATCH; 0: no limit */
} rn_eval_options;

/* Results go to standard output, progress to standard error. */
rn_status rn_eval(const rn_config *config, rn_registry *registry, const rn_run_options *options,
                  const rn_eval_options *eval);

#endif
