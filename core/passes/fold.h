/* fold.h: folds batch norms into the convolutions before them, for inference. */
#ifndef RN_CORE_PASSES_FOLD_H
#define RN_CORE_PASSES_FOLD_H

#include "device/device.h"

/* Rewrites each conv2d whose result only a batch_norm reads as one conv2d with a bias, whose weight
 * and bias a batch_norm_fold computes, if the backend accepts both; what it declines stays as it
 * is. For inference only, where the statistics are the running ones. Logs what it did. */
rn_status rn_fold_norm(rn_dag *dag, rn_device *device);

#endif
