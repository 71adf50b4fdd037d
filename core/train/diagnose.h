/* diagnose.h: finding the first layer that is not finite. */
#ifndef RN_CORE_TRAIN_DIAGNOSE_H
#define RN_CORE_TRAIN_DIAGNOSE_H

#include "train/step.h"

/* Called when a step of the pass gave a loss or a probability that is not finite; the parameters
 * are then still those from before the step (sgd waits for a finite loss). Runs the batch again
 * with nothing merged and everything kept, and returns RN_E_DIVERGED, naming the first parameter,
 * statistic or layer that is not finite. */
rn_status rn_diagnose(rn_session *session, const rn_batch *batch, const rn_step_params *params,
                      rn_pass pass);

#endif
