/* eval.h: loss and accuracy of trained weights. */
#ifndef RN_CORE_COMMANDS_EVAL_H
#define RN_CORE_COMMANDS_EVAL_H

#include "train/run.h"

/* Results go to standard output, progress to standard error. */
rn_status rn_eval(const rn_config *config, rn_registry *registry, const rn_run_options *options);

#endif
