/* clip_value.c: brings each element of a gradient to within -limit and limit, in place. With a loss
 * scale, the limit is multiplied by it. NaN stays NaN. */
#include "cpu/update.h"
#include "reference/reference.h"

static void clip_value_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_clip_attrs *a = call->desc->attrs;
    float *gradient = call->operands[RN_AT_CLIP_VALUE_GRADIENT];
    float limit = (float)(a->limit * update_scale(call->operands[RN_AT_CLIP_VALUE_LOSS_SCALE]));
    for (int64_t i = begin; i < end; i++) {
        if (gradient[i] > limit)
            gradient[i] = limit;
        if (gradient[i] < -limit)
            gradient[i] = -limit;
    }
}

static void clip_value_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    reference_each(kernel, operands, workspace,
                   shape_count(kernel->desc.inputs[RN_CLIP_VALUE_GRADIENT]), clip_value_work);
}

const cpu_operator reference_clip_value = { .run = clip_value_run };
