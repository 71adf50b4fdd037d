/* exchange.h: all_reduce nodes of a device whose backend has no collective operations: the core
 * makes the means (group.h), while the device computes on. */
#ifndef RN_CORE_DEVICE_EXCHANGE_H
#define RN_CORE_DEVICE_EXCHANGE_H

#include "device/device.h"

/* Is the node an exchange of the core's? */
bool rn_exchange_is(const rn_device *device, const rn_node *node);

/* rn_device_query and rn_device_prepare of such a node: all operands are plain. The node outlives
 * what is made. */
rn_status rn_exchange_query(const rn_node *node, rn_op_answer *answer);
rn_status rn_exchange_prepare(rn_device *device, const rn_node *node, rn_exchange **out);

/* Starts the exchange; waits for the results, which are then where the operands are. Between the
 * two nothing may use these, and `operands` stay where they are. Neither allocates. */
rn_status rn_exchange_start(rn_exchange *exchange, const rn_operand *operands);
rn_status rn_exchange_wait(rn_exchange *exchange);
void rn_exchange_release(rn_exchange *exchange);

#endif
