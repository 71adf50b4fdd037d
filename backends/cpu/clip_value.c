/* clip_value.c: brings each element of a gradient to within -limit and limit, in place. With a loss
 * scale, the limit is multiplied by it. NaN stays NaN. */
#include "base/shape.h"
#include "cpu/clones.h"
#include "cpu/operators.h"
#include "cpu/update.h"

typedef struct clip_call {
    float *gradient;
    float limit;
} clip_call;

CPU_CLONES
static void clip_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const clip_call c = *(const clip_call *)argument;
    (void)thread;
#pragma omp simd
    for (int64_t i = begin; i < end; i++) {
        float g = c.gradient[i];
        g = g > c.limit ? c.limit : g;
        c.gradient[i] = g < -c.limit ? -c.limit : g;
    }
}

static void clip_value_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_clip_attrs *a = kernel->desc.attrs;
    clip_call call = { operands[RN_AT_CLIP_VALUE_GRADIENT],
                       (float)(a->limit * update_scale(operands[RN_AT_CLIP_VALUE_LOSS_SCALE])) };
    (void)workspace;
    cpu_parallel(kernel->context, shape_count(kernel->desc.inputs[RN_CLIP_VALUE_GRADIENT]),
                 clip_work, &call);
}

const cpu_operator cpu_clip_value = { .run = clip_value_run };
