/* fuse.h: merges neighbouring operators if the backend offers the merged one; what it declines
 * stays as it is. Each pass logs what it did. */
#ifndef RN_CORE_PASSES_FUSE_H
#define RN_CORE_PASSES_FUSE_H

#include "device/device.h"

/* Merges batch_norm, an optional add, and relu into one batch_norm with an epilogue; in training
 * only if the backend accepts its gradient, too. Runs before autodiff. */
rn_status rn_fuse_norm(rn_dag *dag, rn_device *device);

/* Merges a batch_norm of the former with the batch_norm that makes its z, if both are trained, into
 * a batch_norm_pair. Runs after the former. */
rn_status rn_fuse_pair(rn_dag *dag, rn_device *device);

/* Merges conv2d with an add, a relu or both into one conv2d with an epilogue. For inference
 * only. */
rn_status rn_fuse_conv(rn_dag *dag, rn_device *device);

/* Merges a conv2d_grad_input with the add that alone reads its result into one
 * conv2d_grad_input_sum: the gradient is added where the other one is, instead of being written,
 * read and written again. Runs after autodiff. */
rn_status rn_fuse_gradients(rn_dag *dag, rn_device *device);

#endif
