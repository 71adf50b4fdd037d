/* blend.c: target = keep * target + add * source, in place. A tensor whose factor is 0 adds
 * nothing, even where it is NaN. */
#include "base/shape.h"
#include "cpu/clones.h"
#include "cpu/operators.h"

typedef struct blend_call {
    float *target;
    const float *source;
    float keep, add; /* the factors */
} blend_call;

CPU_CLONES
static void blend_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const blend_call c = *(const blend_call *)argument;
    (void)thread;
    if (c.keep != 0 && c.add != 0) {
#pragma omp simd
        for (int64_t i = begin; i < end; i++)
            c.target[i] = c.keep * c.target[i] + c.add * c.source[i];
        return;
    }
    for (int64_t i = begin; i < end; i++)
        c.target[i] = c.keep != 0 ? c.keep * c.target[i] : c.add != 0 ? c.add * c.source[i] : 0;
}

static void blend_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const float *factors = operands[RN_AT_BLEND_FACTORS];
    blend_call call = { operands[RN_AT_BLEND_TARGET], operands[RN_AT_BLEND_SOURCE], factors[0],
                        factors[1] };
    (void)workspace;
    cpu_parallel(kernel->context, shape_count(kernel->desc.inputs[RN_BLEND_TARGET]), blend_work,
                 &call);
}

const cpu_operator cpu_blend = { .run = blend_run };
