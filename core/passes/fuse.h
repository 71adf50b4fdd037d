/* fuse.h: merges neighbouring operators if the backend offers the merged one; what it declines
 * stays as it is. Each pass logs what it did. */
#ifndef RN_CORE_PASSES_FUSE_H
#define RN_CORE_PASSES_FUSE_H

#include "device/device.h"

/* Merges batch_norm, an optional add, and relu into one batch_norm with an epilogue; in training
 * only if the backend accepts its gradient, too. Runs before autodiff. */
rn_status rn_fuse_norm(rn_dag *dag, rn_device *device);

/* Merges conv2d with an add, a relu or both into one conv2d with an epilogue. For inference
 * only. */
rn_status rn_fuse_conv(rn_dag *dag, rn_device *device);

#endif
