/* calls.h: calls of a backend's slots, and checks of what they return: a failure has a reason, and
 * what a slot says it has made is there. A message names the slot; callers add the backend. */
#ifndef RN_CORE_DEVICE_CALLS_H
#define RN_CORE_DEVICE_CALLS_H

#include "device/device.h"

#define RN_MAX_DEVICES 1024 /* of a backend */

/* Forgets earlier messages: before a slot is called. Then the status of the slot: where it is a
 * failure without a message, with one. */
void rn_slot_begin(void);
rn_status rn_slot_end(rn_status status, const char *slot);

/* The same of a slot that makes something. RN_E_PLUGIN where it has made nothing. */
rn_status rn_slot_made(rn_status status, const char *slot, const void *made);

/* The slots of a backend without a device. RN_E_PLUGIN where a count is none. */
rn_status rn_backend_count(const rn_backend *backend, int32_t *count);
rn_status rn_backend_device(const rn_backend *backend, int32_t index, rn_device_info *info);

/* Ends the texts of an information. RN_E_PLUGIN where a number is negative. */
rn_status rn_slot_info(rn_status status, const char *slot, rn_device_info *info);

/* RN_E_PLUGIN where an answer is none: layouts that do not exist, bytes that no memory has. */
rn_status rn_slot_answer(const rn_op_desc *op, rn_op_answer *answer);

/* The slots of an opened device. */
rn_status rn_device_buffer(const rn_device *device, uint64_t size_bytes, rn_buffer **buffer);
rn_status rn_device_upload(const rn_device *device, rn_operand to, const void *from,
                           uint64_t size_bytes);
rn_status rn_device_download(const rn_device *device, void *to, rn_operand from,
                             uint64_t size_bytes);
rn_status rn_device_run_kernel(const rn_device *device, rn_kernel *kernel,
                               const rn_operand *operands, rn_operand workspace);
rn_status rn_device_synchronize(const rn_device *device);

/* Of a device that offers pinned memory. */
rn_status rn_device_pin(const rn_device *device, uint64_t size_bytes, void **memory);
void rn_device_unpin(const rn_device *device, void *memory);
rn_status rn_device_upload_pinned(const rn_device *device, rn_operand to, const void *from,
                                  uint64_t size_bytes);

#endif
