/* blend.c: target = factors[0] * target + factors[1] * source, in place. A tensor whose factor is 0
 * adds nothing, even where it is NaN. */
#include "reference/reference.h"

static double part(double factor, float value)
{
    return factor == 0 ? 0 : factor * (double)value;
}

static void blend_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    float *target = call->operands[RN_AT_BLEND_TARGET];
    const float *source = call->operands[RN_AT_BLEND_SOURCE];
    const float *factors = call->operands[RN_AT_BLEND_FACTORS];
    for (int64_t i = begin; i < end; i++)
        target[i] =
            (float)(part((double)factors[0], target[i]) + part((double)factors[1], source[i]));
}

static void blend_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace, shape_count(kernel->desc.inputs[RN_BLEND_TARGET]),
                   blend_work);
}

const cpu_operator reference_blend = { .run = blend_run };
