/* predict.h: what a trained network says about pictures. */
#ifndef RN_CORE_COMMANDS_PREDICT_H
#define RN_CORE_COMMANDS_PREDICT_H

#include "train/run.h"

/* Results go to standard output, progress to standard error. */
rn_status rn_predict(const rn_config *config, rn_registry *registry, const rn_run_options *options);

#endif
