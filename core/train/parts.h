/* parts.h: with little memory, a batch that nothing is learnt from is taken in parts. */
#ifndef RN_CORE_TRAIN_PARTS_H
#define RN_CORE_TRAIN_PARTS_H

#include "config/config.h"
#include "device/device.h"

/* In how many equal parts the device, alone, takes such a batch: 1 unless backend.memory is "lean"
 * and the device's memory is the host's. */
int32_t rn_parts_of(const rn_config *config, const rn_device *device, int64_t batch);

#endif
