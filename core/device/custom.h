/* custom.h: operators that plugins bring, on a device: by its own kernel, compiled from the
 * operator's source, or by the operator's `run` in host memory. */
#ifndef RN_CORE_DEVICE_CUSTOM_H
#define RN_CORE_DEVICE_CUSTOM_H

#include "device/device.h"

/* rn_device_query of such a node: all operands are plain. RN_E_UNSUPPORTED where the device is
 * strict and the operator would be computed elsewhere. */
rn_status rn_custom_query(rn_device *device, const rn_node *node, rn_op_answer *answer);

/* rn_device_prepare of such a node. The node outlives what is made. */
rn_status rn_custom_prepare(rn_device *device, const rn_node *node, rn_ready *ready);

/* Runs a node that was prepared for host memory. */
rn_status rn_custom_run(rn_host_op *host, const rn_operand *operands, rn_operand workspace);
void rn_custom_release(rn_host_op *host);

#endif
