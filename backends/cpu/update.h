/* update.h: what the operators that update parameters have in common. */
#ifndef BACKENDS_CPU_UPDATE_H
#define BACKENDS_CPU_UPDATE_H

#include <math.h>
#include <stdbool.h>

#include "cpu/cpu.h"

/* False where nothing is to change: the loss is not finite, or the flag of the loss scale is set.
 * Both may be NULL. */
static inline bool update_is_wanted(const float *loss, const float *loss_scale)
{
    return !(loss && !isfinite(*loss)) && !(loss_scale && loss_scale[1] != 0);
}

/* What the gradient is divided by; the loss scale may be NULL. */
static inline double update_scale(const float *loss_scale)
{
    return loss_scale ? (double)loss_scale[0] : 1;
}

/* Refuses momentum without a velocity, which is an input. */
static inline rn_status update_momentum_check(const rn_op_desc *op, double momentum,
                                              int32_t velocity)
{
    if (momentum != 0 && !op->inputs[velocity])
        return cpu_host->fail(RN_E_UNSUPPORTED, "%s: momentum is %g, but the velocity is missing",
                              op->op, momentum);
    return RN_OK;
}

#endif
