/* bisect_alone.h: runs one operator alone on a device, in the layouts that the backend wants. */
#ifndef RN_CORE_COMPARE_BISECT_ALONE_H
#define RN_CORE_COMPARE_BISECT_ALONE_H

#include "compare/bisect_case.h"
#include "device/device.h"

typedef struct rn_alone rn_alone;

/* Prepares the kernels and the memory. The case outlives it. RN_E_UNSUPPORTED: the backend declines
 * the operator. */
rn_status rn_alone_prepare(rn_device *device, const rn_case *c, rn_alone **out);

/* Runs it on the case's inputs. What is not an input holds NaN before. `outside` becomes true where
 * the kernel has written outside of its operands, or has changed an input. */
rn_status rn_alone_run(rn_alone *alone, rn_case_results *results, bool *outside);

void rn_alone_destroy(rn_alone *alone);

#endif
