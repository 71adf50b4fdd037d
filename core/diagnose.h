/* diagnose.h: finding the first layer that is not finite. */
#ifndef RN_CORE_DIAGNOSE_H
#define RN_CORE_DIAGNOSE_H

#include "step.h"

/* Called when the loss of a step was not finite; the parameters are then still those from before
 * the step (sgd waits for a finite loss). Runs the batch again with everything kept and returns
 * RN_E_DIVERGED, naming the first parameter, statistic or layer that is not finite. `batch` NULL:
 * called after validation, where only what is kept is looked at. */
rn_status rn_diagnose(rn_session *session, const rn_batch *batch, const rn_step_params *params);

#endif
