/* check_finite.c: sets the loss scale's flag if a gradient is not finite. */
#include <math.h>

#include "reference/reference.h"

enum { FLAG = 1 }; /* index of the flag in the loss scale's two elements */

static bool all_finite(const float *gradient, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(gradient[i]))
            return false;
    return true;
}

/* Runs on one thread, because all threads would write the same flag. */
static void check_finite_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    (void)workspace;
    float *loss_scale = operands[RN_AT_CHECK_FINITE_LOSS_SCALE];
    for (int32_t i = RN_AT_CHECK_FINITE_GRADIENT; i < kernel->desc.n_inputs; i++)
        if (!all_finite(operands[i], shape_count(kernel->desc.inputs[i])))
            loss_scale[FLAG] = 1;
}

const cpu_operator reference_check_finite = { .run = check_finite_run };
