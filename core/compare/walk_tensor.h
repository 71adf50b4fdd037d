/* walk_tensor.h: the values of a plan as plain floats, whatever the backend keeps. */
#ifndef RN_CORE_COMPARE_WALK_TENSOR_H
#define RN_CORE_COMPARE_WALK_TENSOR_H

#include "plan/plan.h"

/* Zero-initialise. */
typedef struct rn_walk_tensors {
    rn_plan *plan;         /* its graph shows all values (build.h) */
    double loss_scale;     /* by which gradients are multiplied on the device */
    rn_launch *back;       /* by value: from its plain copy to its own layout; not ready: none */
    rn_buffer *workspace;  /* of these */
    unsigned char *stored; /* a mask as the backend keeps it */
    uint64_t stored_bytes;
    bool is_order_known, bits_run_on; /* masks of bits have no gap after a plane */
} rn_walk_tensors;

/* `writes`: values will also be written. No step may be in progress. The caller clears `tensors`,
 * also on failure. */
rn_status rn_walk_tensors_make(rn_plan *plan, double loss_scale, bool writes,
                               rn_walk_tensors *tensors);
void rn_walk_tensors_clear(rn_walk_tensors *tensors);

/* False for a mask of bits whose order nobody but the backend knows: that of a result in a
 * layout of its own. */
bool rn_walk_tensor_is_readable(const rn_value *value);

/* Reads and writes a value right after the launch that computed it. Masks are 0 or 1, and the index
 * of a pool is a number. A write sets the plain copy, too. RN_E_UNSUPPORTED from a write: the
 * backend has no way from plain to its own layout. */
rn_status rn_walk_tensor_read(rn_walk_tensors *tensors, const rn_value *value, float *to);
rn_status rn_walk_tensor_write(rn_walk_tensors *tensors, const rn_value *value, float *from);

#endif
