/* fuse.h: merging neighbouring operators where the backend offers the merged one; what it declines
 * stays as it is. */
#ifndef RN_CORE_PASSES_FUSE_H
#define RN_CORE_PASSES_FUSE_H

#include "device/device.h"

/* batch_norm, then add or nothing, then relu become one batch_norm with an epilogue, in training if
 * the backend accepts its gradient, too. Runs before autodiff. */
rn_status rn_fuse_norm(rn_dag *dag, rn_device *device);

/* conv2d, then add, relu or both become one conv2d with an epilogue. For inference alone. */
rn_status rn_fuse_conv(rn_dag *dag, rn_device *device);

#endif
