/* refusals.h: the operators that a backend declines, as one message. */
#ifndef RN_CORE_PLAN_REFUSALS_H
#define RN_CORE_PLAN_REFUSALS_H

#include <resnet/status.h>
#include <stdint.h>

/* Zero-initialise. */
typedef struct rn_refusals {
    int32_t count;
    char reasons[1024]; /* of the first ones */
    char kinds[640];    /* "conv2d_grad_weight, sgd": each operator once */
} rn_refusals;

/* Adds an operator, whose reason is the message of this thread. */
void rn_refusals_add(rn_refusals *refusals, const char *op);

/* RN_E_UNSUPPORTED with all of them, of `n` operators, on the backend called `label`; RN_OK if
 * there are none. */
rn_status rn_refusals_status(const rn_refusals *refusals, const char *label, int32_t n);

#endif
