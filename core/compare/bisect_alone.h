/* bisect_alone.h: runs one operator alone on a device, in the layouts that the backend wants. */
#ifndef RN_CORE_COMPARE_BISECT_ALONE_H
#define RN_CORE_COMPARE_BISECT_ALONE_H

#include "compare/bisect_case.h"
#include "device/device.h"

typedef struct rn_alone rn_alone;

/* Prepares the kernels and the memory. The case outlives it. RN_E_UNSUPPORTED: the backend declines
 * the operator. */
rn_status rn_alone_prepare(rn_device *device, const rn_case *c, rn_alone **out);

/* Where the operands lie, and what is around them. Results may not depend on it. */
typedef struct rn_alone_form {
    uint64_t shift;       /* bytes by which all operands move; a multiple of 64 */
    uint8_t garbage;      /* in every byte that is not an input's; 0xFF makes floats NaN */
    int32_t shared_input; /* in whose memory output 0 is; -1: in none. Its bytes are as many */
} rn_alone_form;

rn_status rn_alone_prepare_as(rn_device *device, const rn_case *c, const rn_alone_form *form,
                              rn_alone **out);

/* Runs it on the case's inputs. What is not an input holds NaN before, unless a form says else.
 * `outside` becomes true where the kernel has written outside of its operands, or has changed an
 * input. */
rn_status rn_alone_run(rn_alone *alone, rn_case_results *results, bool *outside);

void rn_alone_destroy(rn_alone *alone);

#endif
