/* diagnose.h: finds the first layer whose result is not finite. */
#ifndef RN_CORE_TRAIN_DIAGNOSE_H
#define RN_CORE_TRAIN_DIAGNOSE_H

#include "train/step.h"

/* Call it after a step of the pass gave a loss or a probability that is not finite. The parameters
 * are still those from before the step, since sgd changes nothing then. Runs the batch again with
 * nothing merged and every value kept, and returns RN_E_DIVERGED, naming the first parameter,
 * statistic or layer that is not finite. */
rn_status rn_diagnose(rn_session *session, const rn_batch *batch, const rn_step_params *params,
                      rn_pass pass);

#endif
