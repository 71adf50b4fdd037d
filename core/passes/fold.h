/* fold.h: batch norms worked into the convolutions before them, for inference. */
#ifndef RN_CORE_PASSES_FOLD_H
#define RN_CORE_PASSES_FOLD_H

#include "device/device.h"

/* conv2d, then a batch_norm that alone reads it, become one conv2d with a bias, whose weight and
 * bias a batch_norm_fold makes, if the backend accepts both; what it declines stays as it is. For
 * inference alone, where the statistics are the running ones. */
rn_status rn_fold_norm(rn_dag *dag, rn_device *device);

#endif
