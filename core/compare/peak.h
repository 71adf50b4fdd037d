/* peak.h: what a device reaches at its best, to tell how much of that a step uses. */
#ifndef RN_CORE_COMPARE_PEAK_H
#define RN_CORE_COMPARE_PEAK_H

#include "device/device.h"

/* The rate of a large `linear` operator (a product of square matrices) in the precision that the
 * device was opened with: the fastest of sizes that grow until one takes some milliseconds. Takes
 * some tenths of a second, and device memory for three matrices. NaN where the backend declines the
 * operator, or has no memory for it. */
rn_status rn_peak_measure(rn_device *device, double *gflop_per_s);

#endif
