/* fuse.h: merging neighbouring operators where the backend offers the merged one. */
#ifndef RN_CORE_FUSE_H
#define RN_CORE_FUSE_H

#include "device.h"

/* batch_norm, then add or nothing, then relu become one batch_norm with an epilogue, if the backend
 * accepts it (in training also its gradient); what it declines stays as it is. Runs before
 * autodiff. */
void rn_fuse_norm(rn_dag *dag, rn_device *device);

#endif
